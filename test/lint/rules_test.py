#!/usr/bin/env python3
"""Every rule must be able to fail: each finds its offence, and leaves the honest twin alone."""

import unittest

from rules import abi, banned, coroutines, docs, layers, limits
from rules.tree import Tree, blank


def lines(check, path, text, **more):
    return [v.line for v in check(Tree({path: text, **more})) if v.path == path]


class BlankTest(unittest.TestCase):
    def test_comments_and_literals_are_blanked_and_lines_kept(self):
        text = 'a("double"); // float\n/* time(0)\n */ b(R"x(co_await)x");\n'
        code = blank(text)
        self.assertEqual(len(code), len(text))
        self.assertEqual(code.count("\n"), 3)
        for word in ("double", "float", "time", "co_await"):
            self.assertNotIn(word, code)

    def test_digit_separators_and_characters_are_told_apart(self):
        self.assertIn("x", blank("int a = 1'000; x; int b = 2'000;"))
        self.assertNotIn("x", blank("char a = 'x';"))


class LayersTest(unittest.TestCase):
    def refuses(self, path, include):
        self.assertEqual(lines(layers.check, path, f"// first\n#include {include}\n"), [2], include)

    def allows(self, path, include):
        self.assertEqual(lines(layers.check, path, f"#include {include}\n"), [], include)

    def test_includes_point_downwards(self):
        self.allows("src/order/service.cpp", '"outbox/outbox.hpp"')
        self.allows("src/order/service.cpp", '"order/store.hpp"')
        self.allows("src/app/main.cpp", '"payment/service.hpp"')
        self.allows("src/payment/settle.cpp", '"journal/posting.hpp"')
        self.refuses("src/journal/seal.cpp", '"outbox/events.hpp"')
        self.refuses("src/db/session.cpp", '"outbox/outbox.hpp"')
        self.refuses("src/base/money.cpp", '"db/database.hpp"')
        self.refuses("src/net/server.cpp", '"db/database.hpp"')
        self.refuses("src/channel/driver.cpp", '"outbox/jobs.hpp"')

    def test_modules_never_include_one_another(self):
        modules = ("order", "payment", "refund", "reconciliation", "notify", "console")
        for me in modules:
            for other in modules:
                if me != other:
                    self.refuses(f"src/{me}/service.cpp", f'"{other}/service.hpp"')

    def test_nobody_includes_app(self):
        self.refuses("src/console/routes.cpp", '"app/config.hpp"')

    def test_the_simulator_sees_net_and_base_only(self):
        self.allows("src/sandbox/main.cpp", '"net/server.hpp"')
        for other in ("db/database", "channel/plugin", "tollgate/channel", "app/config"):
            self.refuses("src/sandbox/main.cpp", f'"{other}.hpp"')

    def test_plugins_see_the_sdk_and_common_only(self):
        self.allows("plugins/wechat/pay.cpp", '"tollgate/channel.hpp"')
        self.allows("plugins/wechat/pay.cpp", '"common/rsa.hpp"')
        self.allows("plugins/wechat/pay.cpp", '"wechat/wire.hpp"')
        self.refuses("plugins/wechat/pay.cpp", '"base/crypto.hpp"')
        self.refuses("plugins/wechat/pay.cpp", '"alipay/wire.hpp"')
        self.refuses("include/tollgate/channel.hpp", '"base/error.hpp"')

    def test_libraries_stay_behind_their_fences(self):
        self.allows("src/net/server.cpp", "<boost/beast/http.hpp>")
        self.refuses("src/api/gate.cpp", "<boost/beast/http.hpp>")
        self.allows("src/db/session.cpp", "<soci/soci.h>")
        self.refuses("src/order/store.cpp", "<soci/soci.h>")
        for folder in ("src/base", "src/net", "src/sandbox", "plugins/common"):
            self.allows(f"{folder}/x.cpp", "<openssl/evp.h>")
        self.refuses("src/payment/service.cpp", "<openssl/evp.h>")

    def test_a_folder_without_a_layer_is_refused(self):
        self.assertEqual(lines(layers.check, "src/misc/x.cpp", "\n"), [1])


class LimitsTest(unittest.TestCase):
    def function(self, length, head="int f(int x)"):
        return head + " {\n" + "  g();\n" * (length - 2) + "}\n"

    def test_a_function_has_seventy_lines(self):
        self.assertEqual(lines(limits.check, "src/a/x.cpp", self.function(70)), [])
        self.assertEqual(lines(limits.check, "src/a/x.cpp", "\n" + self.function(71)), [2])

    def test_functions_are_found_inside_namespaces_and_classes(self):
        text = "namespace a {\nclass B {\n" + self.function(71, "  int f() const") + "};\n}\n"
        self.assertEqual(lines(limits.check, "src/a/x.cpp", text), [3])

    def test_a_lambda_is_part_of_its_function(self):
        text = "int f() {\n  auto g = [&](int) {\n" + "    h();\n" * 70 + "  };\n}\n"
        self.assertEqual(lines(limits.check, "src/a/x.cpp", text), [1])

    def test_tables_and_namespaces_are_no_functions(self):
        table = "constexpr std::array rows{\n" + "    Row{1, 2},\n" * 80 + "};\n"
        self.assertEqual(lines(limits.check, "src/a/x.cpp", "namespace a {\n" + table + "}\n"), [])

    def test_braces_in_macros_do_not_count(self):
        text = "#define OPEN(x) \\\n  {\n" + self.function(60) + self.function(60)
        self.assertEqual(lines(limits.check, "src/a/x.cpp", text), [])

    def test_a_line_has_a_hundred_characters_not_bytes(self):
        self.assertEqual(lines(limits.check, "src/a/x.cpp", "// " + "é" * 97 + "\n"), [])
        self.assertEqual(lines(limits.check, "src/a/x.cpp", "// " + "e" * 98 + "\n"), [1])

    def test_lines_of_a_raw_literal_are_data(self):
        text = 'const char* icon = R"svg(\n' + "M" * 120 + '\n)svg";\n// ' + "e" * 98 + "\n"
        self.assertEqual(lines(limits.check, "src/a/x.cpp", text), [4])

    def test_a_file_has_four_hundred_lines_and_a_test_six_hundred(self):
        self.assertEqual(lines(limits.check, "src/a/x.cpp", "\n" * 400), [])
        self.assertEqual(lines(limits.check, "src/a/x.cpp", "\n" * 401), [401])
        self.assertEqual(lines(limits.check, "test/unit/x.cpp", "\n" * 600), [])
        self.assertEqual(lines(limits.check, "test/unit/x.cpp", "\n" * 601), [601])


class BannedTest(unittest.TestCase):
    def refuses(self, text, path="src/order/x.cpp"):
        self.assertEqual(lines(banned.check, path, "\n" + text + "\n"), [2], text)

    def allows(self, text, path="src/order/x.cpp"):
        self.assertEqual(lines(banned.check, path, "\n" + text + "\n"), [], text)

    def test_no_floating_point(self):
        self.refuses("double amount = 1;")
        self.refuses("float amount = 1;", "plugins/wechat/x.cpp")
        self.refuses("double x;", "include/tollgate/x.hpp")
        self.allows("// a double entry")
        self.allows('say("float");')
        self.allows("double x;", "test/unit/x.cpp")

    def test_time_and_chance_are_injected(self):
        for text in ("auto t = std::chrono::system_clock::now();", "auto t = time(nullptr);",
                     "auto t = std::chrono::steady_clock::now();", "std::random_device d;",
                     "int x = std::rand();"):
            self.refuses(text)
        self.allows("auto t = std::chrono::system_clock::now();", "src/base/clock.cpp")
        self.allows("auto t = steady_clock::now();", "src/net/server.cpp")
        self.allows("auto t = row.time(0);")
        self.allows("boost::asio::steady_timer timer(executor);")

    def test_the_environment_is_read_by_the_configuration_only(self):
        self.refuses('std::getenv("X");')
        self.allows('std::getenv("X");', "src/app/config_reader.cpp")

    def test_nothing_runs_without_an_owner(self):
        self.refuses("co_spawn(executor, run(), boost::asio::detached);")
        self.refuses("std::thread(f).detach();")
        self.allows("stream_.detach();")

    def test_plugins_stay_loaded(self):
        self.refuses("dlclose(handle);")

    def test_columns_are_named(self):
        self.refuses('const Sql all("SELECT * FROM orders");')
        self.refuses("select  * from orders;", "sql/sqlite/001.sql")
        self.allows('const Sql all("SELECT count(*) FROM orders");')

    def test_no_exception_disappears_silently(self):
        self.refuses("try { f(); } catch (...) { }")
        self.allows("try { f(); } catch (...) {  // f has no text to give\n}")
        self.allows("try { f(); } catch (...) { log(); }")

    def test_nothing_unfinished_and_no_machine_paths(self):
        for mark in ("TO" + "DO", "FIX" + "ME", "X" * 3):
            self.refuses(f"// {mark}: later")
        self.refuses("TO" + "DO later", "docs/x.md")
        self.allows('to(value, "' + "X" * 3 + '")', "test/contract/x.py")
        self.allows('mkdtemp("/tmp/tollgate-XXXXXX");')
        self.refuses('open("/ho' + 'me/me/x");')
        self.refuses("see /wo" + "rk/x", "README.md")
        self.allows("https://example.com/work/x", "README.md")

    def test_files_end_with_a_newline(self):
        self.assertEqual(lines(banned.check, "docs/x.md", "a\nb"), [2])
        self.assertEqual(lines(banned.check, "docs/x.md", "a\nb\n"), [])


class CoroutinesTest(unittest.TestCase):
    def coroutine(self, *body):
        return "Awaitable<void> f() {\n" + "".join(f"  {line}\n" for line in body) + "}\n"

    def found(self, *body):
        return lines(coroutines.check, "src/a/x.cpp", self.coroutine(*body))

    def test_one_co_await_a_statement(self):
        self.assertEqual(self.found("g(co_await a(),", "  co_await b());"), [3])
        self.assertEqual(self.found("auto x = co_await a();", "auto y = co_await b(x);"), [])
        self.assertEqual(self.found("if (co_await a()) co_await b();"), [2])
        self.assertEqual(self.found("if (co_await a()) {", "  co_await b();", "}"), [])

    def test_statements_of_a_lambda_are_their_own(self):
        body = ("co_await db.write([&](Tx& tx) -> Result<int> {", "  return f(tx);", "});")
        self.assertEqual(self.found(*body), [])
        inner = ("auto g = [&]() -> Awaitable<void> {", "  h(co_await a(), co_await b());", "};",
                 "co_await g();")
        self.assertEqual(self.found(*inner), [3])

    def test_a_coroutine_lambda_in_a_temporary_captures_nothing_by_value(self):
        bad = "co_await run([x]() -> Awaitable<void> { co_await g(x); });"
        self.assertEqual(self.found(bad), [2])
        self.assertEqual(self.found("run([x = std::move(y)] { co_return; });"), [2])
        self.assertEqual(self.found("run([=]() -> Awaitable<void> { co_return; });"), [2])

    def test_references_this_and_named_lambdas_pass(self):
        self.assertEqual(self.found("co_await run([&]() -> Task { co_await g(); });"), [])
        self.assertEqual(self.found("co_await run([this] { co_return; });"), [])
        self.assertEqual(self.found("auto job = [x]() -> Awaitable<void> { co_await g(x); };",
                                    "co_await job();"), [])
        self.assertEqual(self.found("co_await run([x](Tx& tx) { return g(tx, x); });"), [])


class DocsTest(unittest.TestCase):
    def test_relative_links_lead_somewhere(self):
        tree = {"docs/b.md": "# One two: three\n"}
        for link, expected in (("b.md", []), ("b.md#one-two-three", []), ("c.md", [1]),
                               ("b.md#four", [1]), ("../docs", []), ("https://example.com", [])):
            found = lines(docs.check, "docs/a.md", f"[x]({link})\n", **tree)
            self.assertEqual(found, expected, link)

    def test_code_is_no_link(self):
        self.assertEqual(lines(docs.check, "a.md", "`[x](y)`\n```\n[x](y)\n```\n"), [])

    def test_every_metric_is_described_and_every_description_true(self):
        code = {"src/a/x.cpp": 'm.counter("tollgate_x_total", "help");\n'}
        row = "| `tollgate_x_total` | |\n"
        self.assertEqual(lines(docs.check, docs.METRICS_DOC, row, **code), [])
        untrue = row + "| `tollgate_y_total` | |\n"
        self.assertEqual(lines(docs.check, docs.METRICS_DOC, untrue, **code), [2])
        undescribed = {docs.METRICS_DOC: "none\n"}
        self.assertEqual(lines(docs.check, "src/a/x.cpp", code["src/a/x.cpp"], **undescribed), [1])


class AbiTest(unittest.TestCase):
    def header(self, struct="uint32_t struct_size;", pointers=1, extra=0, major=1):
        functions = "".join(f"  void (*f{n})(int);\n" for n in range(pointers))
        return ("#define TG_ABI_MAJOR 1\n" + "\n" * extra
                + f"#define TG_PLUGIN_ENTRY tollgate_channel_plugin_v{major}\n"
                + "typedef struct tg_x {\n  " + struct + "\n" + functions + "} tg_x;\n")

    def found(self, **more):
        return lines(abi.check, abi.HEADER, self.header(**more))

    def test_the_boundary_stays_small(self):
        self.assertEqual(self.found(pointers=10), [])
        self.assertEqual(self.found(pointers=11), [1])
        self.assertEqual(self.found(extra=400), [401])

    def test_structs_tell_their_size_first(self):
        self.assertEqual(self.found(struct="uint32_t other;"), [3])

    def test_the_entry_carries_the_major(self):
        self.assertEqual(self.found(major=2), [1])


if __name__ == "__main__":
    unittest.main()
