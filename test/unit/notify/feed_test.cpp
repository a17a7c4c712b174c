// Events pulled in batches instead of being called about.
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_future.hpp>
#include <catch2/catch.hpp>
#include <chrono>

#include "notify_fixture.hpp"

using namespace tollgate;
using namespace tollgate::notify;
using net::Method;

namespace {

struct FeedFixture : Fixture {
  Feed feed{*database, outbox, clock};

  std::future<std::vector<outbox::StoredEvent>> ask(Feed::Query query) {
    return boost::asio::co_spawn(io.context, feed.read(std::move(query)), boost::asio::use_future);
  }
};

bool waits(const std::future<std::vector<outbox::StoredEvent>>& answer) {
  return answer.wait_for(std::chrono::milliseconds(50)) == std::future_status::timeout;
}

Feed::Query patient(EventId after = EventId()) {
  Feed::Query query;
  query.after = after;
  query.wait_ms = 20'000;
  return query;
}

}  // namespace

TEST_CASE("P4: the feed gives every event once, oldest first, whatever the size of the batches") {
  Fixture f;
  std::vector<std::string> wanted;
  for (int i = 0; i < 7; ++i) wanted.push_back(f.append().str());
  for (const int limit : {1, 3, 7, 1'000}) {
    std::vector<std::string> seen;
    std::string place = "0";
    for (;;) {
      const auto target = "/v1/events/feed?after=" + place + "&limit=" + std::to_string(limit);
      const auto answer = f.call(Method::get, target);
      REQUIRE(answer.status == 200);

      REQUIRE(json::Document::parse(answer.body).has_value());
      const std::string next = member(answer.body, "next");
      if (next == place) {
        REQUIRE(answer.body == R"({"data":[],"next":")" + place + "\"}");
        break;
      }
      for (std::size_t at = answer.body.find(R"({"id":")"); at != std::string::npos;
           at = answer.body.find(R"({"id":")", at + 1))
        seen.push_back(member(answer.body.substr(at), "id"));
      place = next;
    }
    REQUIRE(seen == wanted);
  }
}

TEST_CASE("a patient consumer is answered by the next event, an impatient one at once") {
  FeedFixture f;
  Feed::Query impatient;
  REQUIRE(f.ask(impatient).get().empty());
  auto answer = f.ask(patient());
  REQUIRE(waits(answer));
  const auto id = f.append();
  const auto got = answer.get();
  REQUIRE(got.size() == 1);
  REQUIRE(got.front().id == id);
  auto further = f.ask(patient(id));
  REQUIRE(waits(further));
  REQUIRE(f.append() == further.get().front().id);
}

TEST_CASE("an event of another type does not end the wait for one") {
  FeedFixture f;
  auto query = patient();
  query.type = "order.paid";
  auto answer = f.ask(query);
  f.append("order.created");
  REQUIRE(waits(answer));
  const auto paid = f.append("order.paid");
  REQUIRE(answer.get().front().id == paid);
}

TEST_CASE("a server that stops lets its consumers go") {
  FeedFixture f;
  auto answer = f.ask(patient());
  REQUIRE(waits(answer));
  f.feed.release();
  REQUIRE(answer.get().empty());
  REQUIRE(f.ask(patient()).get().empty());
}

TEST_CASE("P12: what is wrong with a question to the feed is named") {
  Fixture f;
  for (const auto* wrong : {"after=x", "limit=0", "limit=1001", "limit=1x", "wait=-1", "wait=31"}) {
    const auto answer = f.call(Method::get, std::string("/v1/events/feed?") + wrong);
    INFO(answer.body);
    REQUIRE(answer.status == 422);
    const std::string name = std::string(wrong).substr(0, std::string(wrong).find('='));
    REQUIRE(answer.body.find(R"("pointer":"/)" + name) != std::string::npos);
  }
  REQUIRE(f.call(Method::get, "/v1/events/feed", "", "", "shop-key").status == 403);
}
