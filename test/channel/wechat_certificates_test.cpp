// WeChat Pay without a public key: platform certificates are downloaded, cached, rotated.
#include <catch2/catch.hpp>

#include "wechat_peer.hpp"

namespace tollgate::test {
namespace {

using sdk::CallbackVerdict;
using sdk::OperationKind;
using sdk::Outcome;
using sdk::Refusal;
using sdk::Response;
using sdk::Transport;
using sdk::Verdict;

constexpr std::int64_t now_ms = WechatPeer::now_ms;
constexpr std::int64_t hour_ms = 3600 * 1000;

struct Account {
  WechatPeer peer;
  Made made;

  explicit Account(bool by_certificates = true)
      : peer(by_certificates),
        made(*subjects().front().forms.front().plugin, peer.gateway(), peer.settings_json()) {}

  template <class Input>
  Step done(const Input& input, std::int64_t at_ms) {
    Run run(made, input, at_ms);
    while (run.sending()) run.resume(peer.answer(run.request(), at_ms), at_ms);
    return run.step();
  }
  Outcome query(std::int64_t at_ms) {
    return std::get<Outcome>(done(peer.wish(OperationKind::query), at_ms));
  }
  CallbackVerdict notice(std::int64_t at_ms) {
    return std::get<CallbackVerdict>(done(peer.notice(at_ms), at_ms));
  }
};

bool asks_certificates(const Run& run) {
  return run.sending() && run.request().url.ends_with("/v3/certificates");
}

}  // namespace

TEST_CASE("certificates are fetched once and then shared by all operations", "[channel][wechat]") {
  Account account;
  Run run(account.made, account.peer.wish(OperationKind::query), now_ms);
  REQUIRE(asks_certificates(run));
  CHECK(run.request().method == "GET");
  CHECK(header(run.request(), "Wechatpay-Serial").empty());
  run.resume(account.peer.answer(run.request(), now_ms), now_ms);
  REQUIRE(run.sending());
  CHECK(header(run.request(), "Wechatpay-Serial") == account.peer.certificate_serial);
  run.resume(account.peer.answer(run.request(), now_ms), now_ms);
  CHECK(run.outcome().verdict == Verdict::succeeded);
  CHECK(account.query(now_ms).verdict == Verdict::succeeded);
  CHECK(account.notice(now_ms).authentic);
  CHECK(account.peer.certificate_fetches == 1);
}

TEST_CASE("a notice that comes first fetches the certificates itself", "[channel][wechat]") {
  Account account;
  CHECK(account.notice(now_ms).authentic);
  CHECK(account.peer.certificate_fetches == 1);
}

TEST_CASE("certificates older than 12 h are fetched again; an outage then is no harm",
          "[channel][wechat]") {
  Account account;
  account.query(now_ms);
  account.query(now_ms + 12 * hour_ms - 1);
  CHECK(account.peer.certificate_fetches == 1);
  const std::int64_t later = now_ms + 12 * hour_ms;
  Run run(account.made, account.peer.wish(OperationKind::query), later);
  REQUIRE(asks_certificates(run));
  Response down;
  down.transport = Transport::not_sent;
  run.resume(down, later);
  run.resume(account.peer.answer(run.request(), later), later);
  CHECK(run.outcome().verdict == Verdict::succeeded);
  account.query(later + 59'999);
  CHECK(account.peer.certificate_fetches == 1);  // not at every operation while it is down
  account.query(later + 60'000);
  CHECK(account.peer.certificate_fetches == 2);
}

TEST_CASE("an expired certificate proves nothing", "[channel][wechat]") {
  Account account;
  account.peer.certificate_to_ms = now_ms + hour_ms;
  CHECK(account.query(now_ms + hour_ms).verdict == Verdict::succeeded);
  const std::int64_t later = now_ms + hour_ms + 1000;
  CHECK(account.query(later).channel_code == "certificates_unavailable");
  CHECK(account.notice(later + 60'000).refusal != Refusal::none);
  CHECK_FALSE(account.notice(later).authentic);
  account.peer.certificate_to_ms = now_ms + 24 * hour_ms;
  CHECK(account.query(later).verdict == Verdict::succeeded);
}

TEST_CASE("a new serial is found by one fetch, within the operation or the notice",
          "[channel][wechat]") {
  Account account;
  account.query(now_ms);
  account.peer.certificate_serial = "ABCDEF0123456789";
  CHECK(account.query(now_ms + 60'000).verdict == Verdict::succeeded);
  CHECK(account.peer.certificate_fetches == 2);
  account.peer.certificate_serial = "ABCDEF012345678A";
  CHECK(account.notice(now_ms + 120'000).authentic);
  CHECK(account.peer.certificate_fetches == 3);
}

TEST_CASE("invented serials cause at most one fetch a minute (P8, P10)", "[channel][wechat]") {
  Account account;
  account.query(now_ms);
  account.peer.sign_as = "ABCDEF0123456789";
  for (std::int64_t at_ms = now_ms + 60'000; at_ms < now_ms + 180'000; at_ms += 1000) {
    const auto notice = account.peer.forged_notice(at_ms);
    account.peer.sign_as.clear();  // what WeChat Pay itself answers stays genuine
    const auto verdict = std::get<CallbackVerdict>(account.done(notice, at_ms));
    account.peer.sign_as = "ABCDEF0123456789";
    CHECK(verdict.refusal == Refusal::unknown_serial);
    CHECK(verdict.nack.status == 401);
  }
  CHECK(account.peer.certificate_fetches == 3);
}

TEST_CASE("where certificates cannot be had, a notice is to come again (503)",
          "[channel][wechat]") {
  for (const bool transport : {true, false}) {
    Account account;
    Response down;
    if (transport)
      down.transport = Transport::maybe_sent;
    else
      down.status = 502;
    const auto notice = account.peer.notice(now_ms);
    Run run(account.made, notice, now_ms);
    REQUIRE(asks_certificates(run));
    run.resume(down, now_ms);
    CHECK_FALSE(run.verdict().authentic);
    CHECK(run.verdict().refusal == Refusal::unavailable);
    CHECK(run.verdict().nack.status == 503);
    const Run again(account.made, notice, now_ms + 1000);  // not asked again at once
    CHECK(again.verdict().refusal == Refusal::unavailable);
    CHECK(account.notice(now_ms + 60'000).authentic);
  }
}

TEST_CASE("certificates sealed or signed by others are not taken (P8)", "[channel][wechat]") {
  const auto outcome_of = [](auto alter) {
    Account account;
    Run run(account.made, account.peer.wish(OperationKind::query), now_ms);
    run.resume(alter(account.peer), now_ms);
    return run.sending() ? std::string("taken") : run.outcome().channel_code;
  };
  CHECK(outcome_of([](WechatPeer& peer) { return peer.certificates(now_ms); }) == "taken");
  const std::string refused = "certificates_unavailable";
  CHECK(outcome_of([](WechatPeer& peer) {
          return peer.signed_response(200, peer.certificates(now_ms).body, now_ms,
                                      WechatKeys::get().other);
        }) == refused);
  CHECK(outcome_of([](WechatPeer& peer) { return peer.certificates(now_ms - 300'000); }) ==
        refused);
  CHECK(outcome_of([](WechatPeer& peer) {
          Response unsigned_answer = peer.certificates(now_ms);
          unsigned_answer.headers.clear();
          return unsigned_answer;
        }) == refused);
  CHECK(outcome_of([](WechatPeer& peer) {
          Response odd = peer.certificates(now_ms);
          odd.status = 404;
          return odd;
        }) == refused);
  CHECK(outcome_of([](WechatPeer& peer) {
          // All of it is the attacker's, but for the APIv3 key, which he has not.
          std::string body = peer.certificates(now_ms).body;
          const auto at = body.find("\"ciphertext\":\"") + 14;
          const auto end = body.find('"', at);
          body.replace(at, end - at,
                       seal(std::string(32, 'x'), "14b16c03dc1b", "certificate",
                            WechatKeys::get().other.certificate_pem(peer.certificate_serial, 0,
                                                                    now_ms * 2)));
          return peer.signed_response(200, body, now_ms, WechatKeys::get().other);
        }) == refused);
}

TEST_CASE("while moving to the public key, notices by certificate are believed too",
          "[channel][wechat]") {
  Account account(false);
  CHECK(account.query(now_ms).verdict == Verdict::succeeded);
  CHECK(account.peer.certificate_fetches == 0);
  account.peer.sign_as = account.peer.certificate_serial;
  CHECK(account.notice(now_ms).authentic);
  CHECK(account.notice(now_ms + 1000).authentic);
  CHECK(account.peer.certificate_fetches == 1);
  account.peer.sign_as.clear();
  CHECK(account.notice(now_ms + 2000).authentic);
}

TEST_CASE("beside a public key, certificates that cannot be had are no reason to come again",
          "[channel][wechat]") {
  Account account(false);
  account.peer.sign_as = "ABCDEF0123456789";
  Run run(account.made, account.peer.notice(now_ms), now_ms);
  REQUIRE(asks_certificates(run));
  Response down;
  down.transport = Transport::not_sent;
  run.resume(down, now_ms);
  CHECK(run.verdict().refusal == Refusal::unknown_serial);
  CHECK(run.verdict().nack.status == 401);
}

}  // namespace tollgate::test
