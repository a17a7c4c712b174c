// Alipay: certificate mode.
#include <catch2/catch.hpp>

#include "alipay_peer.hpp"

namespace tollgate::test {
namespace {

using sdk::OperationKind;
using sdk::Outcome;
using sdk::Reason;
using sdk::Response;
using sdk::Verdict;

constexpr std::int64_t now_ms = AlipayPeer::now_ms;
constexpr Life life{now_ms - AlipayPeer::day_ms, now_ms + AlipayPeer::day_ms};
const Names renewed_names{"CN", "Shop", "Alipay", "renewed"};

struct Desk {
  AlipayPeer peer{true};
  Made made{plugin_of("alipay"), peer.gateway(), peer.settings_json()};

  Outcome ask(std::int64_t at_ms = now_ms) {
    Run run(made, peer.wish(OperationKind::query), at_ms);
    for (int sends = 0; run.sending(); ++sends) {
      REQUIRE(sends < 8);
      run.resume(peer.answer(run.request(), at_ms), at_ms);
    }
    return run.outcome();
  }
  bool takes(const sdk::CallbackInput& notice) {
    return Run(made, notice, now_ms).verdict().authentic;
  }
};

}  // namespace

TEST_CASE("answers are believed by the certificate that they name", "[channel][alipay]") {
  Desk desk;
  CHECK(desk.ask().verdict == Verdict::succeeded);
  CHECK(desk.peer.downloads == 0);
  // The configured certificate, where none is named.
  Response answer =
      desk.peer.signed_answer("alipay.trade.query", AlipayPeer::trade("TRADE_SUCCESS"));
  const auto at = answer.body.find(R"("alipay_cert_sn":)");
  REQUIRE(at != std::string::npos);
  answer.body.replace(at, 17, "\"x\":");
  Run run(desk.made, desk.peer.wish(OperationKind::query), now_ms);
  run.resume(answer, now_ms);
  CHECK(run.outcome().verdict == Verdict::succeeded);
}

TEST_CASE("a certificate that is not known is downloaded once and believed by its chain",
          "[channel][alipay]") {
  Desk desk;
  desk.peer.renew();
  const auto notice = [&] {
    return desk.peer.signed_notice(AlipayPeer::notice_fields(), AlipayKeys::get().renewed);
  };
  CHECK_FALSE(desk.takes(notice()));
  CHECK(desk.ask().verdict == Verdict::succeeded);
  CHECK(desk.peer.downloads == 1);
  CHECK(desk.ask().verdict == Verdict::succeeded);
  CHECK(desk.peer.downloads == 1);
  // Notices name none: from now on both keys prove one.
  CHECK(desk.takes(notice()));
  CHECK(desk.takes(desk.peer.notice(now_ms)));
}

TEST_CASE("a downloaded certificate that Alipay's issuer did not make proves nothing (P8)",
          "[channel][alipay]") {
  const auto& authorities = AlipayAuthorities::get();
  const auto& renewed = AlipayKeys::get().renewed;
  const std::int64_t serial = 4'270'155'243'245'600'486;
  const std::string alipay_pem = authorities.alipay.pem();
  struct Row {
    std::string name, pem;
  };
  const Authority impostor(authorities.alipay.names(), 3, life);
  const KeyPair weak(1024);
  for (const auto& row : std::vector<Row>{
           {"an app's",
            authorities.apps.issue(renewed, renewed_names, serial, life) + authorities.apps.pem()},
           {"an impostor's", impostor.issue(renewed, renewed_names, serial, life) + impostor.pem()},
           {"an impostor's below the true issuer",
            impostor.issue(renewed, renewed_names, serial, life) + alipay_pem},
           {"one without its chain",
            authorities.alipay.issue(renewed, renewed_names, serial, life)},
           {"another serial",
            authorities.alipay.issue(renewed, renewed_names, serial + 1, life) + alipay_pem},
           {"an expired one",
            authorities.alipay.issue(renewed, renewed_names, serial, {0, now_ms - 1000}) +
                alipay_pem},
           {"one of tomorrow", authorities.alipay.issue(renewed, renewed_names, serial,
                                                        {now_ms + 60'000, life.to_ms}) +
                                   alipay_pem},
           {"a weak key", authorities.alipay.issue(weak, renewed_names, serial, life) + alipay_pem},
           {"no certificate", "hello"},
           {"a key", renewed.public_pem()}}) {
    CAPTURE(row.name);
    Desk desk;
    desk.peer.renew();
    desk.peer.download = row.pem;
    const Outcome outcome = desk.ask();
    CHECK(outcome.verdict == Verdict::unknown);
    CHECK(outcome.reason == Reason::unverified);
    CHECK(outcome.channel_code == "unknown_serial");
    CHECK(desk.peer.downloads == 1);
  }
}

TEST_CASE("a download that fails leaves the answer unverified, and is tried again in a minute",
          "[channel][alipay]") {
  Desk desk;
  desk.peer.renew();
  const auto ask = [&](const Response& instead, std::int64_t at_ms) {
    Run run(desk.made, desk.peer.wish(OperationKind::query), at_ms);
    run.resume(desk.peer.answer(run.request(), at_ms), at_ms);
    const bool downloading = run.sending();
    if (downloading) run.resume(instead, at_ms);
    CHECK(run.outcome().verdict == Verdict::unknown);
    CHECK(run.outcome().reason == Reason::unverified);
    return downloading;
  };
  std::int64_t at_ms = now_ms;
  Response failed;
  failed.transport = sdk::Transport::maybe_sent;
  CHECK(ask(failed, at_ms));
  CHECK_FALSE(ask(failed, at_ms));
  CHECK_FALSE(ask(failed, at_ms + 59'999));
  for (const std::string& body :
       {std::string(), std::string("{}"), std::string(3'000'000, 'x'),
        std::string(R"({"error_response":{"code":"40002"}})"),
        std::string(R"({"alipay_open_app_alipaycert_download_response":{"code":"10000"}})"),
        std::string(R"({"alipay_open_app_alipaycert_download_response":)"
                    R"({"code":"10000","alipay_cert_content":"*"}})")}) {
    Response odd;
    odd.status = 200;
    odd.body = body;
    CHECK(ask(odd, at_ms += 60'000));
  }
  Response page;
  page.status = 502;
  CHECK(ask(page, at_ms += 60'000));
  CHECK(desk.ask(at_ms + 60'000).verdict == Verdict::succeeded);
}

TEST_CASE("invented serials cannot make us ask Alipay for ever (P10)", "[channel][alipay]") {
  Desk desk;
  const auto ask = [&](const std::string& sn) {
    Response answer =
        desk.peer.signed_answer("alipay.trade.query", AlipayPeer::trade("TRADE_SUCCESS"));
    answer.body.replace(answer.body.find(desk.peer.alipay_cert_sn), 32, sn);
    Run run(desk.made, desk.peer.wish(OperationKind::query), now_ms);
    run.resume(answer, now_ms);
    return run.sending();
  };
  for (const std::string odd :
       {"0", "00000000000000000000000000000000/../", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA%"})
    CHECK_FALSE(ask(odd));
  CHECK(ask("00000000000000000000000000000000"));
  CHECK_FALSE(ask("00000000000000000000000000000001"));
}

TEST_CASE("an expired certificate of Alipay proves nothing", "[channel][alipay]") {
  AlipayPeer peer(true);
  const std::int64_t late_ms = now_ms + 366 * AlipayPeer::day_ms;
  const Made made(plugin_of("alipay"), peer.gateway(), peer.settings_json());
  Run run(made, peer.wish(OperationKind::query), late_ms);
  run.resume(peer.answer(run.request(), late_ms), late_ms);
  CHECK(run.outcome().verdict == Verdict::unknown);
  CHECK(run.outcome().channel_code == "unknown_serial");
  CHECK_FALSE(Run(made, peer.notice(now_ms), late_ms).verdict().authentic);
}

}  // namespace tollgate::test
