#include "api/idempotency.hpp"

#include <catch2/catch.hpp>

#include "support/store.hpp"
#include "support/temp_dir.hpp"

using namespace tollgate;
using namespace tollgate::api;

namespace {

constexpr std::int64_t longest_ms = 200'000;

struct Fixture {
  test::TempDir dir;
  ManualClock clock;
  Idempotency idempotency{clock, longest_ms};
  std::unique_ptr<db::Database> database = open();

  std::unique_ptr<db::Database> open() { return test::open_store(dir); }
  Ticket ticket(const std::string& fingerprint = "f") {
    return Ticket{"shop", "key", fingerprint, false, TimeMs()};
  }
  /// "go on", the body of the first answer, or the code of the refusal.
  std::string claim(Ticket& ticket) {
    return database->write_blocking([&](db::Tx& tx) {
      const auto claimed = idempotency.claim(tx, ticket);
      if (!claimed) return std::string(to_string(claimed.error().code));
      return *claimed ? (*claimed)->body : std::string("go on");
    });
  }
  void keep(Ticket& ticket, const std::string& body) {
    database->write_blocking([&](db::Tx& tx) {
      idempotency.keep(tx, ticket, net::Response(201, "application/json", body));
      return true;
    });
  }
  void abandon(Ticket& ticket) {
    database->write_blocking([&](db::Tx& tx) {
      idempotency.abandon(tx, ticket);
      return true;
    });
  }
};

}  // namespace

TEST_CASE("the first answer is kept and given again, to the same request alone (P6)") {
  Fixture f;
  auto first = f.ticket(), second = f.ticket(), other = f.ticket("g");
  CHECK(f.claim(first) == "go on");
  CHECK(f.claim(second) == "idempotency_in_progress");
  f.keep(first, "one");
  CHECK(f.claim(second) == "one");
  CHECK(f.claim(other) == "idempotency_key_reused");
  f.clock.advance_ms(Idempotency::kept_ms + 1);
  CHECK(f.claim(other) == "go on");
}

TEST_CASE("a claim lasts as long as the longest request, and is free after it (P6)") {
  Fixture f;
  auto first = f.ticket(), second = f.ticket();
  CHECK(f.claim(first) == "go on");
  f.clock.advance_ms(longest_ms);
  CHECK(f.claim(second) == "idempotency_in_progress");
  f.clock.advance_ms(1);
  CHECK(f.claim(second) == "go on");
}

TEST_CASE("a request whose claim was taken over neither keeps nor frees the other's (P6)") {
  for (const bool keeps : {false, true}) {
    Fixture f;
    auto first = f.ticket(), second = f.ticket(), third = f.ticket();
    CHECK(f.claim(first) == "go on");
    f.clock.advance_ms(longest_ms + 1);
    CHECK(f.claim(second) == "go on");
    if (keeps)
      f.keep(first, "first");
    else
      f.abandon(first);
    CHECK(f.claim(third) == "idempotency_in_progress");
    f.keep(second, "second");
    CHECK(f.claim(third) == "second");
  }
}

TEST_CASE("a claim or an answer whose unit is undone was none: the ticket says what is durable") {
  Fixture f;
  auto ticket = f.ticket();
  const auto undone = [&](auto work) {
    const auto ended = f.database->write_blocking([&](db::Tx& tx) -> Result<bool> {
      work(tx);
      return Error(Errc::order_closed);
    });
    CHECK_FALSE(ended.has_value());
  };
  undone([&](db::Tx& tx) { CHECK(f.idempotency.claim(tx, ticket).has_value()); });
  CHECK_FALSE(ticket.is_claimed());
  CHECK(f.claim(ticket) == "go on");
  CHECK(ticket.is_claimed());
  const net::Response answer(201, "application/json", "one");
  undone([&](db::Tx& tx) { f.idempotency.settle(tx, ticket, answer); });
  CHECK_FALSE(ticket.settled);
  f.keep(ticket, "two");
  CHECK(ticket.settled);
  auto second = f.ticket();
  CHECK(f.claim(second) == "two");
}
