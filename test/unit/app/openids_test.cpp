#include "app/openids.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>
#include <catch2/catch.hpp>

using namespace tollgate;
using namespace tollgate::app;

namespace {

/// Answers every request with what a test puts in, and keeps the last one.
class Network final : public net::HttpClient {
 public:
  net::ClientResponse answer;
  net::ClientRequest asked;

  Network() {
    answer.transport = net::Transport::ok;
    answer.status = 200;
  }
  net::Awaitable<net::ClientResponse> send(net::ClientRequest request) override {
    asked = std::move(request);
    co_return answer;
  }
};

struct Bench {
  Network network;
  Openids openids{network, 4'000};

  Bench() {
    AccountEntry account;
    account.id = "wx-main";
    account.openid = OpenidEntry{"wx24", Secret<std::string>("HUSH&1"), "https://open.example/a",
                                 "https://api.example/t"};
    AccountEntry other;
    other.id = "wx-other";
    openids.replace({account, other});
  }
  Result<std::string> ask(const std::string& account, const std::string& body) {
    network.answer.body = body;
    boost::asio::io_context io;
    auto told = boost::asio::co_spawn(io, openids.ask(account, "0a/1"), boost::asio::use_future);
    io.run();
    return told.get();
  }
};

}  // namespace

TEST_CASE("a buyer is sent to the channel's page with the parameters in WeChat's order") {
  Bench bench;
  CHECK(bench.openids.knows("wx-main"));
  CHECK_FALSE(bench.openids.knows("wx-other"));
  CHECK(bench.openids.page("wx-main", "https://pay.example/p?account=a", "s1") ==
        "https://open.example/a?appid=wx24"
        "&redirect_uri=https%3A%2F%2Fpay.example%2Fp%3Faccount%3Da"
        "&response_type=code&scope=snsapi_base&state=s1#wechat_redirect");
  CHECK_FALSE(bench.openids.page("wx-other", "https://pay.example/p", "s1"));
}

TEST_CASE("a code is changed for the openid at the channel's address") {
  Bench bench;
  const auto told = bench.ask(
      "wx-main", R"({"access_token":"t","expires_in":7200,"openid":"oA1","scope":"snsapi_base"})");
  CHECK(told.value() == "oA1");
  CHECK(bench.network.asked.method == net::Method::get);
  CHECK(bench.network.asked.timeout_ms == 4'000);
  CHECK(bench.network.asked.url ==
        "https://api.example/t?appid=wx24&secret=HUSH%261&code=0a%2F1"
        "&grant_type=authorization_code");
}

TEST_CASE("what tells no openid is an error, and which") {
  Bench bench;
  const auto error = [&](const std::string& body) {
    const auto told = bench.ask("wx-main", body);
    REQUIRE(told.has_error());
    return told.error().code;
  };
  CHECK(error(R"({"errcode":40029,"errmsg":"invalid code"})") == Errc::channel_refused);
  CHECK(error(R"({"errcode":40163,"openid":"oA1"})") == Errc::channel_refused);
  CHECK(error(R"({"errcode":-1,"errmsg":"system error"})") == Errc::channel_unavailable);
  CHECK(error(R"({"errcode":45011})") == Errc::channel_busy);
  for (const char* body : {"", "{}", "[]", R"({"openid":""})", R"({"openid":7})",
                           R"({"openid":"oA1")", "<html>", R"({"errcode":"40029"})"})
    CHECK(error(body) == Errc::channel_unavailable);
  CHECK(error(R"({"openid":")" + std::string(200, 'o') + R"("})") == Errc::channel_unavailable);
  CHECK(bench.ask("wx-other", R"({"openid":"oA1"})").error().code == Errc::method_unavailable);
  bench.network.answer.status = 502;
  CHECK(error(R"({"openid":"oA1"})") == Errc::channel_unavailable);
  bench.network.answer.transport = net::Transport::maybe_sent;
  CHECK(error("") == Errc::channel_unavailable);
}
