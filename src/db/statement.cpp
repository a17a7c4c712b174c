#include "db/statement.hpp"

#include <charconv>

namespace tollgate::db {

class Statement::CurrentRow final : public Row {
 public:
  explicit CurrentRow(const std::deque<Out>& out) : out_(out) {}
  bool is_null(std::size_t column) const override {
    return out_.at(column).indicator == soci::i_null;
  }
  std::int64_t integer(std::size_t column) const override {
    if (is_null(column)) return 0;
    const std::string& text = out_.at(column).text;
    std::int64_t value = 0;
    const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (code != std::errc() || end != text.data() + text.size())
      throw DatabaseError("a column that should hold an integer does not");
    return value;
  }
  std::string_view text(std::size_t column) const override {
    return is_null(column) ? std::string_view() : std::string_view(out_.at(column).text);
  }

 private:
  const std::deque<Out>& out_;
};

Statement::Statement(soci::session& session, const std::string& sql, const Value* values,
                     std::size_t count)
    : statement_(session) {
  for (std::size_t i = 0; i < count; ++i) {
    auto& in = in_.emplace_back();
    in.kind = values[i].kind() == Value::Kind::integer ? Value::Kind::integer : Value::Kind::text;
    if (in.kind == Value::Kind::integer)
      statement_.exchange(soci::use(in.number, in.indicator));
    else
      statement_.exchange(soci::use(in.text, in.indicator));
  }
  statement_.alloc();
  statement_.prepare(sql);
  const int columns = statement_.get_backend()->prepare_for_describe();
  for (int i = 0; i < columns; ++i) {
    auto& out = out_.emplace_back();
    statement_.exchange(soci::into(out.text, out.indicator));
  }
  statement_.define_and_bind();
}

bool Statement::fits(const Value* values, std::size_t count) const {
  if (count != in_.size()) return false;
  for (std::size_t i = 0; i < count; ++i)
    if (values[i].kind() != Value::Kind::null && values[i].kind() != in_[i].kind) return false;
  return true;
}

void Statement::bind(const Value* values, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) {
    auto& in = in_[i];
    in.indicator = values[i].kind() == Value::Kind::null ? soci::i_null : soci::i_ok;
    if (values[i].kind() == Value::Kind::integer) in.number = values[i].number();
    if (values[i].kind() == Value::Kind::text) in.text.assign(values[i].text());
  }
}

std::int64_t Statement::exec(const Value* values, std::size_t count) {
  TOLLGATE_ASSERT(out_.empty());
  bind(values, count);
  statement_.execute(true);
  return statement_.get_affected_rows();
}

void Statement::query(const Value* values, std::size_t count,
                      const std::function<void(const Row&)>& each) {
  bind(values, count);
  const CurrentRow row(out_);
  bool more = statement_.execute(true);
  std::exception_ptr thrown;
  while (more) {
    // A statement left before its end would keep its read snapshot open.
    try {
      if (!thrown) each(row);
    } catch (...) {
      thrown = std::current_exception();
    }
    more = statement_.fetch();
  }
  if (thrown) std::rethrow_exception(thrown);
}

}  // namespace tollgate::db
