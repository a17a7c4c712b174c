// The one door to the database. SOCI stays behind the source files of this folder.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <concepts>
#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "base/strong_id.hpp"

namespace tollgate::db {

/// The database is broken (disk full, lost, corrupt). Texts never hold bound values.
class DatabaseError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// A UNIQUE constraint refused an insert. Thrown by exec; the unit of work may catch it and go on
/// (the statement alone is undone).
class UniqueViolation : public DatabaseError {
 public:
  using DatabaseError::DatabaseError;
};

/// One statement's text with :names in order of their arguments. Must live as long as the program
/// (a static const): prepared statements are cached under its address.
class Sql {
 public:
  explicit Sql(std::string_view text) : text_(text) {}
  Sql(const Sql&) = delete;
  Sql& operator=(const Sql&) = delete;
  const std::string& text() const { return text_; }

 private:
  std::string text_;
};

/// A bound value: NULL, integer or text (bytes). Views must live until the call returns.
class Value {
 public:
  enum class Kind : std::uint8_t { null, integer, text };

  Value(std::nullptr_t) : kind_(Kind::null) {}
  template <std::integral T>
  Value(T number) : kind_(Kind::integer), number_(static_cast<std::int64_t>(number)) {}
  Value(TimeMs time) : kind_(Kind::integer), number_(time.ms) {}
  template <class Tag>
  Value(StrongId<Tag> id) : kind_(Kind::integer), number_(id.value()) {}
  Value(std::string_view text) : kind_(Kind::text), text_(text) {}
  Value(const std::string& text) : kind_(Kind::text), text_(text) {}
  Value(const char* text) : kind_(Kind::text), text_(text) {}
  template <class T>
  Value(const std::optional<T>& maybe) : Value(nullptr) {
    if (maybe) *this = Value(*maybe);
  }

  Kind kind() const { return kind_; }
  std::int64_t number() const { return number_; }
  std::string_view text() const { return text_; }

 private:
  Kind kind_;
  std::int64_t number_ = 0;
  std::string_view text_;
};

/// The current row of a query, read column after column. Valid inside the callback only.
class Row {
 public:
  virtual ~Row() = default;
  virtual bool is_null(std::size_t column) const = 0;
  /// 0 for NULL.
  virtual std::int64_t integer(std::size_t column) const = 0;
  /// Empty for NULL.
  virtual std::string_view text(std::size_t column) const = 0;
};

/// Reads a row's columns in order into typed values.
class Columns {
 public:
  explicit Columns(const Row& row) : row_(row) {}
  template <class T>
  T next() {
    return read<T>(at_++);
  }
  template <class T>
  Columns& operator>>(T& out) {
    out = next<T>();
    return *this;
  }

 private:
  template <class T>
  struct OptionalOf : std::false_type {};
  template <class T>
  struct OptionalOf<std::optional<T>> : std::true_type {
    using Inner = T;
  };
  template <class T>
  T read(std::size_t at) const {
    if constexpr (OptionalOf<T>::value) {
      if (row_.is_null(at)) return std::nullopt;
      return read<typename OptionalOf<T>::Inner>(at);
    } else if constexpr (std::is_same_v<T, std::string>) {
      return std::string(row_.text(at));
    } else if constexpr (std::is_same_v<T, bool>) {
      return row_.integer(at) != 0;
    } else if constexpr (std::is_integral_v<T>) {
      return static_cast<T>(row_.integer(at));
    } else if constexpr (std::is_same_v<T, TimeMs>) {
      return TimeMs{row_.integer(at)};
    } else {
      return T(row_.integer(at));  // StrongId
    }
  }
  const Row& row_;
  std::size_t at_ = 0;
};

/// A unit of work in progress; lives on a database thread for the length of one callback.
class Tx {
 public:
  virtual ~Tx() = default;

  /// Runs a statement that returns no rows; answers how many rows it affected (matched).
  /// Throws UniqueViolation or DatabaseError.
  template <class... Args>
  std::int64_t exec(const Sql& sql, const Args&... args) {
    const Value values[] = {Value(args)..., Value(nullptr)};
    return exec_values(sql, values, sizeof...(Args));
  }

  /// Calls `each(Columns&)` for every row, to the end.
  template <class Each, class... Args>
    requires std::invocable<Each&, Columns&>
  void query(const Sql& sql, Each&& each, const Args&... args) {
    const Value values[] = {Value(args)..., Value(nullptr)};
    query_values(sql, values, sizeof...(Args), [&](const Row& row) {
      Columns columns(row);
      each(columns);
    });
  }

  /// The first row as `T`, built by `make(Columns&)`; nothing where there is none.
  template <class Make, class... Args>
  auto find(const Sql& sql, Make&& make, const Args&... args)
      -> std::optional<std::invoke_result_t<Make&, Columns&>> {
    std::optional<std::invoke_result_t<Make&, Columns&>> found;
    query(
        sql,
        [&](Columns& columns) {
          if (!found) found.emplace(make(columns));
        },
        args...);
    return found;
  }

  /// The first column of the first row.
  template <class T, class... Args>
  std::optional<T> value(const Sql& sql, const Args&... args) {
    return find(
        sql, [](Columns& columns) { return columns.next<T>(); }, args...);
  }

  /// Runs after this unit's transaction is durable, on the database thread: must be short and
  /// must not throw (post to an executor, wake a timer). Dropped where the unit fails.
  virtual void after_commit(std::function<void()> action) = 0;

 protected:
  virtual std::int64_t exec_values(const Sql& sql, const Value* values, std::size_t count) = 0;
  virtual void query_values(const Sql& sql, const Value* values, std::size_t count,
                            const std::function<void(const Row&)>& each) = 0;
};

struct Options {
  std::string url;  ///< "sqlite:path/to/file.db"
  int readers = 2;
  std::size_t group = 256;     ///< Units of work in one transaction, at most.
  std::size_t queue = 20'000;  ///< Units waiting, at most; beyond it write() throws Overloaded.
};

/// More units of work wait than Options::queue: the caller should be told 503.
class Overloaded : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Whether a unit's work may run twice: it then changes nothing but the database, its answer and
/// what it writes anew each time. Such work needs no savepoint of its own, which is a third of a
/// small unit's cost: where one of a group fails, the group is undone and runs again with
/// savepoints.
enum class Repeat : bool { no, yes };

/// A unit of work on its way. `run` answers whether to keep its effects; `done` is called exactly
/// once, after the transaction is durable (or with what went wrong).
struct Unit {
  std::function<bool(Tx&)> run;
  std::function<void(std::exception_ptr)> done;
  boost::asio::any_io_executor home;  ///< Where `done` is called; none: on the database thread.
  Repeat repeat = Repeat::no;
};

namespace detail {
template <class R>
struct IsResult : std::false_type {};
template <class T>
struct IsResult<Result<T>> : std::true_type {};
}  // namespace detail

/// Group commit: units that wait together share one transaction and one fsync, a savepoint each,
/// and are answered after it. A unit that returns an error Result or throws is undone alone. A
/// failed COMMIT calls `on_broken` (once) and fails every unit of the group: nothing unacknowledged
/// is acknowledged. Thread-safe.
class Database {
 public:
  /// Opens or creates the file, takes the server's lock, writes out what an earlier life left in
  /// the log. `on_broken` is called once, on a database thread, when the storage fails, by reads
  /// too: the process must stop. Throws DatabaseError: cannot open or write, another server has it.
  static std::unique_ptr<Database> open(const Options& options, std::function<void()> on_broken);
  /// Opens an existing file to be read beside a server, which it does not hinder: no lock, nothing
  /// is written or copied out of the log. Blocking reads alone; each should be short, for the log
  /// grows meanwhile. Throws DatabaseError: there is no such file, or it cannot be read.
  static std::unique_ptr<Database> view(const std::string& url);
  virtual ~Database() = default;

  /// Runs `work(Tx&)` in a unit of work and answers its result when that is durable. Not
  /// cancellable. Rethrows what `work` throws. The callable must outlive the await (it does, in a
  /// co_await).
  template <class F, class R = std::invoke_result_t<F&, Tx&>>
  boost::asio::awaitable<R> write(F work, Repeat repeat = Repeat::no) {
    return submit<R>(std::move(work), true, repeat);
  }

  /// Runs `work(Tx&)` on a reader: a consistent snapshot, no writes.
  template <class F, class R = std::invoke_result_t<F&, Tx&>>
  boost::asio::awaitable<R> read(F work) {
    return submit<R>(std::move(work), false, Repeat::no);
  }

  /// The same for a thread that may block: start-up, tests. Never on an I/O thread.
  template <class F, class R = std::invoke_result_t<F&, Tx&>>
  R write_blocking(F work) {
    return block<R>(std::move(work), true);
  }
  template <class F, class R = std::invoke_result_t<F&, Tx&>>
  R read_blocking(F work) {
    return block<R>(std::move(work), false);
  }

  /// Runs a script of several statements outside any unit (migrations). Blocking.
  virtual void run_script(std::string_view sql) = 0;

  /// Finishes what waits and closes; later calls throw DatabaseError. Called by the destructor too.
  virtual void stop() = 0;
  /// False once the storage has failed: reads and writes throw DatabaseError from then on.
  virtual bool healthy() const = 0;
  virtual std::size_t waiting() const = 0;

 protected:
  /// Takes the unit, or says why not (Overloaded, DatabaseError) and leaves it as it is.
  virtual std::exception_ptr enqueue(Unit&& unit, bool write) = 0;
  /// Runs one unit and returns when it is done; throws what went wrong.
  virtual void run_blocking(std::function<bool(Tx&)> run, bool write);

 private:
  template <class R, class F>
  boost::asio::awaitable<R> submit(F work, bool write, Repeat repeat);
  template <class R, class F>
  R block(F work, bool write);
  template <class R, class F>
  static bool run_into(std::optional<R>& slot, F& work, Tx& tx) {
    slot.emplace(work(tx));
    if constexpr (detail::IsResult<R>::value) return slot->has_value();
    return true;
  }
};

}  // namespace tollgate::db

#include "db/database_inline.hpp"
