#include "notify/result_writer.hpp"

#include <catch2/catch.hpp>

#include "unit/outbox/outbox_fixture.hpp"

using namespace tollgate;
using namespace tollgate::notify;

namespace {

using Fate = Finished::Fate;

struct Fixture : test::Store {
  ManualClock clock;
  Snowflake ids{clock, 1};
  outbox::Outbox outbox{ids, clock};
  test::IoThread io;
  outbox::TaskGroup tasks{io.context.get_executor()};
  std::mutex mutex;
  std::vector<Finished> ended;
  ResultWriter writer{*database, outbox, tasks, [this](const Finished& finished) {
                        const std::lock_guard lock(mutex);
                        ended.push_back(finished);
                      }};

  ~Fixture() {
    io.run(tasks.join());
    database->stop();
  }
  outbox::ClaimedDelivery claimed() {
    return write([&](db::Tx& tx) {
      outbox.subscribe(tx, WebhookId(1), {"*"});
      outbox.append(tx, outbox::Event("order.paid", OrderId(7), "{}"));
      return outbox::deliveries::due(tx, WebhookId(1), clock.now(), 1, {}).rows.at(0);
    });
  }
  void add(const outbox::ClaimedDelivery& delivery) {
    Finished finished;
    finished.webhook = WebhookId(1);
    finished.kind = Verdict::Kind::delivered;
    finished.result.id = delivery.id;
    finished.result.token = delivery.token;
    finished.result.status = outbox::DeliveryStatus::delivered;
    boost::asio::post(io.context, [this, finished] { writer.add(finished); });
  }
  bool saw(std::vector<Fate> fates) {
    return test::eventually([&] {
      const std::lock_guard lock(mutex);
      return std::ranges::equal(ended, fates, {}, &Finished::fate);
    });
  }
};

}  // namespace

TEST_CASE("each result's end is told: written, refused by the fence, or lost; then it goes on") {
  Fixture f;
  const auto first = f.claimed();
  f.add(first);
  REQUIRE(f.saw({Fate::written}));
  f.add(first);
  REQUIRE(f.saw({Fate::written, Fate::fenced}));

  const auto second = f.claimed();
  f.database->run_script(
      "CREATE TRIGGER refuse BEFORE UPDATE ON deliveries BEGIN SELECT RAISE(ABORT, 'no'); END;");
  f.add(second);
  REQUIRE(f.saw({Fate::written, Fate::fenced, Fate::lost}));
  f.database->run_script("DROP TRIGGER refuse;");
  f.add(second);
  REQUIRE(f.saw({Fate::written, Fate::fenced, Fate::lost, Fate::written}));
}
