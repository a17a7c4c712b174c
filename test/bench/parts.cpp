// What the machine can do at best: the parts of the hot paths, each alone on one thread.
#include <sys/resource.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <filesystem>
#include <functional>
#include <iostream>

#include "bench/notice_check.hpp"
#include "bench/sqlite.hpp"
#include "bench/wechat.hpp"

namespace tollgate::bench {
namespace {

using SteadyClock = std::chrono::steady_clock;

struct Options {
  std::string private_key, public_key, api_v3_key, database, migrations;
  std::int64_t ms = 500;
  std::int64_t limit_ms = 5'000;  // of a part that writes rows
  std::int64_t count = 30'000;
  std::int64_t group = 64;
};

std::int64_t cpu_us() {
  rusage usage{};
  ::getrusage(RUSAGE_THREAD, &usage);
  const auto us = [](const timeval& t) { return t.tv_sec * 1'000'000 + t.tv_usec; };
  return us(usage.ru_utime) + us(usage.ru_stime);
}

/// Prints how many times a second and what each time took of the processor.
void report(const char* name, std::int64_t times, SteadyClock::time_point began,
            std::int64_t began_cpu_us) {
  const auto took =
      std::chrono::duration_cast<std::chrono::nanoseconds>(SteadyClock::now() - began).count();
  std::cout << "{\"part\":\"" << name << "\",\"times\":" << times << ",\"took_ns\":" << took
            << ",\"cpu_ns\":" << (cpu_us() - began_cpu_us) * 1000 << "}\n";
}

void repeat(const Options& options, const char* name, const std::function<void()>& step) {
  step();  // warm
  const auto began = SteadyClock::now();
  const auto began_cpu_us = cpu_us();
  std::int64_t times = 0;
  while (SteadyClock::now() - began < std::chrono::milliseconds(options.ms)) {
    for (int i = 0; i < 16; ++i) step();
    times += 16;
  }
  report(name, times, began, began_cpu_us);
}

void require(bool holds) {
  if (!holds) throw std::runtime_error("a part does not work");
}

void measure_sign(const Options& options) {
  const Key key = read_private_key(options.private_key);
  const std::string message(600, 'm');
  repeat(options, "sign", [&] { require(sign(key.get(), message).size() == 256); });
}

void measure_notice(const Options& options) {
  const Key key = read_private_key(options.private_key);
  const Key public_key = read_public_key(options.public_key);
  NoticeCheck check(public_key.get(), options.api_v3_key);
  const std::string body = notice_body(options.api_v3_key, 7, "1000000000007");
  const std::string timestamp = "1790000000";
  const std::string nonce = "bench1000000000007";
  std::string message = timestamp;
  message.append("\n").append(nonce).append("\n").append(body).append("\n");
  const std::string signature = base64(sign(key.get(), message));
  repeat(options, "verify", [&] { require(check.verify(timestamp, nonce, body, signature)); });
  Notice notice;
  repeat(options, "parse", [&] { require(NoticeCheck::parse(body, notice)); });
  repeat(options, "open", [&] { require(check.open(notice)); });
}

/// Writes rows in groups until there are enough or the time is over; answers how many.
template <class Insert>
std::int64_t write_groups(const Options& options, Sqlite& db, Insert insert) {
  const auto end_at = SteadyClock::now() + std::chrono::milliseconds(options.limit_ms);
  std::int64_t done = 0;
  while (done < options.count && SteadyClock::now() < end_at) {
    db.run("BEGIN IMMEDIATE");
    for (const std::int64_t end = std::min(done + options.group, options.count); done < end; ++done)
      insert(done);
    db.run("COMMIT");
  }
  return done;
}

/// A fresh database file at the path.
void remove_database(const std::string& path) {
  for (const char* suffix : {"", "-wal", "-shm"}) std::filesystem::remove(path + suffix);
}

void measure_insert(const Options& options) {
  remove_database(options.database);
  Sqlite db(options.database);
  db.run(
      "CREATE TABLE inbox (id INTEGER PRIMARY KEY, account_id TEXT NOT NULL,"
      "event_id TEXT NOT NULL, body TEXT NOT NULL, UNIQUE (account_id, event_id))");
  Prepared insert(db, "INSERT INTO inbox (id, account_id, event_id, body) VALUES (?, ?, ?, ?)");
  const std::string body = notice_body(options.api_v3_key, 7, "1000000000007");
  const auto began = SteadyClock::now();
  const auto began_cpu_us = cpu_us();
  const auto one = [&](std::int64_t i) {
    insert.run(i, account_id, "EV-" + std::to_string(i), body);
  };
  report("insert", write_groups(options, db, one), began, began_cpu_us);
}

/// The rows of one new order, as the product writes them.
class OrderRows {
 public:
  explicit OrderRows(const Sqlite& db)
      : order_(db,
               "INSERT INTO orders (id, status, live, user_id, business_id, order_type, currency, "
               "amount, amount_refunded, description, metadata, closing_until, created_at, "
               "expires_at) VALUES (?, 'unpaid', 1, ?, ?, 'course', 'CNY', 9900, 0, "
               "'C++ in 30 days', '{\"campaign\":\"spring\"}', 0, ?, ?)"),
        item_(db,
              "INSERT INTO order_items (order_id, position, goods_id, goods_type, name, "
              "unit_price, quantity, stock_locked) VALUES (?, 0, ?, 'course', 'C++ in 30 days', "
              "9900, 1, 1)"),
        stock_(db,
               "UPDATE stock SET available = available - 1, locked = locked + 1 "
               "WHERE goods_id = ? AND available >= 1"),
        event_(db,
               "INSERT INTO events (id, type, order_id, data, created_at) "
               "VALUES (?, 'order.created', ?, ?, ?)"),
        key_(db,
             "INSERT INTO idempotency_keys (key_name, idem_key, fingerprint, status, "
             "content_type, body, created_at, lease_until) VALUES ('shop', ?, ?, 201, "
             "'application/json', ?, ?, ?)"),
        job_(db,
             "INSERT INTO jobs (id, kind, subject, due_at, created_at) "
             "VALUES (?, 'expire_order', ?, ?, ?)") {}

  void insert(std::int64_t number) {
    const std::int64_t id = first_id + number * 8;
    const std::int64_t now = first_ms + number;
    const std::string goods = "course-" + std::to_string(number % 100);
    order_.run(id, "u-" + std::to_string(number % 1000), "pick-" + std::to_string(number), now,
               now + 86'400'000);
    item_.run(id, goods);
    stock_.run(goods);
    event_.run(id + 1, id, shown_, now);
    key_.run("bench-order-" + std::to_string(number), fingerprint_, shown_, now, now + 60'000);
    job_.run(id + 2, id, now + 86'400'000, now);
  }

 private:
  static constexpr std::int64_t first_id = 700'000'000'000'000'000;
  static constexpr std::int64_t first_ms = 1'790'000'000'000;
  const std::string shown_ = std::string(760, 'j');  // the size of an order as JSON
  const std::string fingerprint_ = std::string(64, 'f');
  Prepared order_, item_, stock_, event_, key_, job_;
};

void measure_orders(const Options& options) {
  remove_database(options.database);
  Sqlite db(options.database);
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(options.migrations))
    files.push_back(entry.path());
  std::ranges::sort(files);
  for (const auto& file : files) db.run_file(file.string());
  for (int i = 0; i < 100; ++i)
    db.run("INSERT INTO stock VALUES ('course-" + std::to_string(i) + "', 1000000000, 0, 0)");
  OrderRows rows(db);
  const auto began = SteadyClock::now();
  const auto began_cpu_us = cpu_us();
  report("orders", write_groups(options, db, [&](std::int64_t i) { rows.insert(i); }), began,
         began_cpu_us);
}

int run(int argc, char** argv) {
  CLI::App app("Parts of the hot paths, one line of JSON each", "bench_parts");
  app.require_subcommand(1);
  Options options;
  app.add_option("--private-key", options.private_key);
  app.add_option("--public-key", options.public_key);
  app.add_option("--api-v3-key", options.api_v3_key);
  app.add_option("--database", options.database, "made anew");
  app.add_option("--migrations", options.migrations, "folder of the product's SQL");
  app.add_option("--ms", options.ms, "time for each part");
  app.add_option("--count", options.count, "rows");
  app.add_option("--group", options.group, "rows in one transaction");
  app.add_subcommand("sign")->callback([&] { measure_sign(options); })->fallthrough();
  app.add_subcommand("notice")->callback([&] { measure_notice(options); })->fallthrough();
  app.add_subcommand("insert")->callback([&] { measure_insert(options); })->fallthrough();
  app.add_subcommand("orders")->callback([&] { measure_orders(options); })->fallthrough();
  CLI11_PARSE(app, argc, argv);
  return 0;
}

}  // namespace
}  // namespace tollgate::bench

int main(int argc, char** argv) {
  try {
    return tollgate::bench::run(argc, argv);
  } catch (const std::exception& e) {
    std::cerr << "bench_parts: " << e.what() << "\n";
    return 1;
  }
}
