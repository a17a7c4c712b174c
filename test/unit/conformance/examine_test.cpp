// What a plugin breaks is told in words, whatever it does to the process that it runs in.
#include "conformance/examine.hpp"

#include <catch2/catch.hpp>
#include <sstream>

using namespace tollgate::conformance;

namespace {

constexpr std::int64_t timeout_ms = 30'000;

struct Told {
  bool sound = false;
  std::string text;
};

Told told(const Given& given, std::int64_t within_ms = timeout_ms) {
  std::ostringstream out;
  Told told;
  told.sound = print(examine(given, within_ms), out);
  told.text = out.str();
  return told;
}

Given broken(const std::string& name) {
  return {std::string(TOLLGATE_BROKEN_DIR) + "/" + name + ".so",
          "https://a.example",
          {{"key", "not-a-real-secret"}}};
}

}  // namespace

TEST_CASE("a plugin that cannot be loaded is told as such, and nothing else is tried") {
  struct Row {
    const char* file;
    const char* what;
  };
  const auto row = GENERATE(values<Row>({{"wrong_major", "ABI"},
                                         {"no_symbol", "does not export"},
                                         {"short_struct", "the function resume is null"},
                                         {"null_function", "is null"},
                                         {"no_capabilities", "no capabilities"},
                                         {"no_such_file", "cannot be loaded"}}));
  const auto report = told(broken(row.file));
  INFO(report.text);
  CHECK_FALSE(report.sound);
  CHECK(report.text.starts_with("BROKEN   it loads and speaks this server's ABI\n"));
  CHECK(report.text.find(row.what) != std::string::npos);
  CHECK(report.text.find("1 broken, 9 skipped") != std::string::npos);
}

TEST_CASE("what a plugin does wrong is told by operation, answer and cause (P10)") {
  struct Row {
    const char* file;
    const char* what;
  };
  const auto row = GENERATE(values<Row>(
      {{"garbage_step", "pay by native, answered by not sent: the step both sends and is done"},
       {"tiny_outcome", "struct_size is too small"},
       {"endless_sends", "it asks for more than 8 sends"},
       {"credulous", "pay by native, answered by perhaps sent: it says succeeded"},
       {"credulous", "it does not say why (channel_code)"},
       {"credulous", "the method native has no callback"},
       {"credulous", "a setting that is not declared is taken"},
       {"credulous", "the gateway \"http://example.com\" is taken"}}));
  const auto report = told(broken(row.file));
  INFO(report.text);
  CHECK_FALSE(report.sound);
  CHECK(report.text.find(row.what) != std::string::npos);
}

TEST_CASE("a plugin that ends or holds its process ends only the rule that it was under (P10)") {
  struct Row {
    const char* file;
    const char* what;
    std::int64_t within_ms;
  };
  const auto row =
      GENERATE(values<Row>({{"crashing", "the plugin killed its process by SIGABRT", timeout_ms},
                            {"leaving", "the plugin ended its process with status 0", timeout_ms},
                            {"hanging", "the plugin hangs: no end within 1 s", 1'000},
                            {"slow", "one step took 1", timeout_ms}}));
  const auto report = told(broken(row.file), row.within_ms);
  INFO(report.text);
  CHECK_FALSE(report.sound);
  CHECK(report.text.find(row.what) != std::string::npos);
  CHECK(report.text.starts_with("holds    it loads"));
}

TEST_CASE("plugins of this house break no rule; without settings what needs them is skipped") {
  const std::string dir = TOLLGATE_PLUGIN_DIR;
  const Given paypal{dir + "/paypal.so",
                     "https://api-m.paypal.com",
                     {{"client_id", "AYSq3RDGsmBLJE-otTkBtM"},
                      {"client_secret", "EGnHDxD_qRPdaLdZz8iCr8N7"},
                      {"webhook_id", "40L71081MK3756722"}}};
  const Given ipaylinks{dir + "/ipaylinks.so",
                        "https://mapi.ipaylinks.com",
                        {{"generation", "2"},
                         {"merchant_id", "10000000000"},
                         {"site_id", "shop.example.com"},
                         {"key", "30819f300d06092a864886f70d010101"}}};
  for (const auto& given : {paypal, ipaylinks}) {
    const auto report = told(given);
    INFO(report.text);
    CHECK(report.sound);
    CHECK(report.text.find("10 rules: 10 hold, 0 broken, 0 skipped") != std::string::npos);
  }
  const auto report = told({paypal.path, "", {}});
  CHECK(report.sound);
  CHECK(report.text.find("10 rules: 2 hold, 0 broken, 8 skipped") != std::string::npos);
}
