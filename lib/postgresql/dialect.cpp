#include "postgresql/dialect.hpp"

#include <cctype>
#include <string_view>

namespace postbackd::postgresql
{
namespace
{

constexpr std::string_view indexed_by = " INDEXED BY ";
constexpr std::string_view cross_join = "CROSS JOIN "; // SQLite's: in this order

bool is_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

class Translation
{
public:
  explicit Translation(std::string_view sql) : sql_(sql) {}

  Translated run()
  {
    while (at_ < sql_.size())
      if (!quoted() && !comment() && !value() && !hint() && !empty_bytes()) out_.sql += sql_[at_++];
    return std::move(out_);
  }

private:
  bool starts(std::string_view word) const { return sql_.substr(at_).starts_with(word); }

  void copy(std::size_t end)
  {
    out_.sql += sql_.substr(at_, end - at_);
    at_ = end;
  }

  bool quoted()
  {
    const char quote = sql_[at_];
    if (quote != '\'' && quote != '"') return false;
    const std::size_t end = sql_.find(quote, at_ + 1);
    copy(end == std::string_view::npos ? sql_.size() : end + 1);
    return true;
  }
  bool comment()
  {
    if (!starts("--")) return false;
    const std::size_t end = sql_.find('\n', at_);
    at_ = end == std::string_view::npos ? sql_.size() : end;
    return true;
  }
  bool value()
  {
    if (sql_[at_] != '?') return false;
    const std::size_t digits = ++at_;
    while (at_ < sql_.size() && std::isdigit(static_cast<unsigned char>(sql_[at_])))
      ++at_;
    const std::size_t number =
        at_ == digits ? ++unnumbered_ : std::stoul(std::string(sql_.substr(digits, at_ - digits)));
    if (out_.places.size() < number) out_.places.resize(number);
    int& place = out_.places[number - 1];
    if (place == 0) place = ++values_;
    out_.sql += "$" + std::to_string(place);
    return true;
  }
  bool hint()
  {
    if (starts(cross_join)) {
      out_.sql += "JOIN ";
      at_ += cross_join.size();
      return true;
    }
    if (!starts(indexed_by)) return false;
    at_ += indexed_by.size();
    while (at_ < sql_.size() && is_word(sql_[at_]))
      ++at_;
    return true;
  }
  bool empty_bytes()
  {
    if (!starts("x''") || (at_ > 0 && is_word(sql_[at_ - 1]))) return false;
    out_.sql += "''::bytea";
    at_ += 3;
    return true;
  }

  std::string_view sql_;
  std::size_t at_ = 0;
  Translated out_;
  std::size_t unnumbered_ = 0;
  int values_ = 0;
};

} // namespace

Translated translate(const std::string& sql) { return Translation(sql).run(); }

} // namespace postbackd::postgresql
