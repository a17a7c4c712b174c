#include "channel/account.hpp"

#include <catch2/catch.hpp>

#include "toy_plugin.hpp"

using namespace tollgate;
using channel::Account;
using channel::AccountBook;
using channel::Wish;

namespace {

struct Bench {
  ManualClock clock;
  SeededRandom random{7};
  AccountBook book;

  Result<std::shared_ptr<Account>> build(std::string id,
                                         std::shared_ptr<const channel::Plugin> plugin,
                                         std::string settings = R"({"key":"k"})") {
    const std::string channel = plugin->channel();
    return Account::build({std::move(id), channel, "https://gate.example/v3/", std::move(settings)},
                          std::move(plugin), random, clock);
  }
  Bench() {
    book.replace({build("toy-a", test::toy_plugin()).value(),
                  build("toy-b", test::toy_plugin()).value(),
                  build("other-a", test::other_plugin()).value()});
  }
  void open(std::string_view id) {
    for (int i = 0; i < 5; ++i) book.find(id)->breaker().failure();
  }
};

Wish wish(std::string method, std::string_view currency = "CNY", std::int64_t amount = 9900) {
  Wish made(std::move(method), *Currency::parse(currency));
  made.amount = amount;
  return made;
}

}  // namespace

TEST_CASE("the builder hands gateway and settings over and takes the receiver") {
  Bench bench;
  const auto account = bench.build("x", test::toy_plugin()).value();
  CHECK(test::toy().gateway == "https://gate.example/v3");
  CHECK(test::toy().settings == R"({"key":"k"})");
  CHECK(account->receiver() == "toy/1");
  CHECK(account->capability("qr") != nullptr);
  CHECK(account->capability("cash") == nullptr);
}

TEST_CASE("settings that the plugin refuses are an error with its sentence") {
  Bench bench;
  const auto account = bench.build("x", test::toy_plugin(), R"({"key":"wrong"})");
  REQUIRE_FALSE(account.has_value());
  CHECK(account.error().code == Errc::invalid_request);
  CHECK(account.error().detail == "key: it is the wrong one");
}

TEST_CASE("strategy: the named account, the named channel, or the first that offers it") {
  Bench bench;
  auto any = wish("qr");
  CHECK(bench.book.choose(any)->account->id() == "toy-a");
  auto named = wish("qr");
  named.account_id = "toy-b";
  CHECK(bench.book.choose(named)->account->id() == "toy-b");
  auto channel = wish("qr");
  channel.channel = "other";
  CHECK(bench.book.choose(channel)->account->id() == "other-a");
  CHECK(bench.book.choose(channel)->capability->method == "qr");
}

TEST_CASE("strategy: what does not fit is named by its pointer") {
  Bench bench;
  const auto pointer = [&](const Wish& w) {
    const auto choice = bench.book.choose(w);
    REQUIRE_FALSE(choice.has_value());
    CHECK(choice.error().code == Errc::invalid_request);
    return choice.error().fields.at(0).pointer;
  };
  auto nobody = wish("qr");
  nobody.account_id = "nobody";
  CHECK(pointer(nobody) == "/account_id");
  auto foreign = wish("qr");
  foreign.account_id = "toy-a";
  foreign.channel = "other";
  CHECK(pointer(foreign) == "/channel");
  auto unknown = wish("qr");
  unknown.channel = "cash";
  CHECK(pointer(unknown) == "/channel");
  CHECK(pointer(wish("cash")) == "/method");
}

TEST_CASE("strategy: a method that is there, but not for this currency or amount, is unavailable") {
  Bench bench;
  CHECK(bench.book.choose(wish("qr", "JPY")).error().code == Errc::method_unavailable);
  CHECK(bench.book.choose(wish("qr", "CNY", 1'000'001)).error().code == Errc::method_unavailable);
  CHECK(bench.book.choose(wish("qr", "CNY", 1'000'000)).has_value());
  CHECK(bench.book.choose(wish("link", "JPY", 1'000'001)).has_value());
}

TEST_CASE("P10: routing goes past an account whose breaker is open, while another can serve") {
  Bench bench;
  bench.open("toy-a");
  CHECK(bench.book.choose(wish("qr"))->account->id() == "toy-b");
  bench.open("toy-b");
  CHECK(bench.book.choose(wish("qr"))->account->id() == "other-a");
  bench.open("other-a");
  CHECK(bench.book.choose(wish("qr"))->account->id() == "toy-a");
  auto named = wish("qr");
  named.account_id = "toy-b";
  CHECK(bench.book.choose(named)->account->id() == "toy-b");
}

TEST_CASE("an account that a reload replaced lives on for those who hold it") {
  Bench bench;
  const auto held = bench.book.find("toy-a");
  bench.book.replace({});
  CHECK(bench.book.find("toy-a") == nullptr);
  CHECK(held->receiver() == "toy/1");
}
