#include "store/tables/move/row_copies.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <string_view>

#include "base/digest.hpp"
#include "text/charset.hpp"
#include "text/time.hpp"

namespace postbackd::store::tables
{
namespace
{

using namespace std::chrono_literals;
using Kind = MovedTable::Kind;

// `"a", "b"`: the first columns.
std::string columns_of(const MovedTable& table, std::size_t count)
{
  std::string text;
  for (std::size_t i = 0; i < count; ++i)
    text += (i > 0 ? ", \"" : "\"") + table.columns[i].name + "\"";
  return text;
}

// `?3, ?4`
std::string values_of(std::size_t first, std::size_t count)
{
  std::string text;
  for (std::size_t i = 0; i < count; ++i)
    text += fmt::format("{}?{}", i > 0 ? ", " : "", first + i);
  return text;
}

// `("a", "b") > (?1, ?2)`
std::string key_is(const char* how, const MovedTable& table, std::size_t first = 1)
{
  return fmt::format("({}) {} ({})", columns_of(table, table.keys), how, values_of(first, table.keys));
}

std::string select(const MovedTable& table, const std::string& where)
{
  return fmt::format("SELECT {} FROM {} WHERE {} ORDER BY {}", columns_of(table, table.columns.size()),
                     table.name, where, columns_of(table, table.keys));
}

std::string from_hex(std::string_view digits)
{
  std::string bytes;
  for (std::size_t i = 0; i + 1 < digits.size(); i += 2) {
    unsigned char byte = 0;
    std::from_chars(digits.data() + i, digits.data() + i + 2, byte, 16);
    bytes += static_cast<char>(byte);
  }
  return bytes;
}

bool is_storable_everywhere(const std::string& text)
{
  text::Utf8Check check;
  check.feed(text);
  return check.is_utf8() && text.find('\0') == std::string::npos;
}

bool is_same(const std::optional<std::string>& one, const std::optional<std::string>& other, Kind kind)
{
  if (one == other) return true;
  if (!one || !other || kind != Kind::text) return false;
  const auto time = text::parse_time(*one);
  const auto other_time = text::parse_time(*other);
  if (time && other_time) return std::chrono::abs(*time - *other_time) <= 1ms; // one of them is rounded
  return !is_storable_everywhere(*one) || !is_storable_everywhere(*other);
}

} // namespace

bool is_same(const Row& one, const Row& other, const MovedTable& table)
{
  for (std::size_t i = 0; i < table.columns.size(); ++i)
    if (!is_same(one[i], other[i], table.columns[i].kind)) return false;
  return true;
}

RowCopies::RowCopies(sql::Database& database, const MovedTable& table)
    : database_(database), table_(table), find_(database, select(table, key_is("=", table))),
      insert_(database,
              fmt::format("INSERT INTO {} ({}) VALUES ({}) ON CONFLICT DO NOTHING", table.name,
                          columns_of(table, table.columns.size()), values_of(1, table.columns.size()))),
      remove_(database, fmt::format("DELETE FROM {} WHERE {}", table.name, key_is("=", table)))
{
}

// Bytes are not copied: the values must live until the statement has run.
void RowCopies::bind(sql::Statement& statement, std::size_t first, const Row& values)
{
  for (std::size_t i = 0; i < values.size(); ++i) {
    const int index = static_cast<int>(first + i);
    const std::optional<std::string>& value = values[i];
    const Kind kind = table_.columns[i].kind;
    if (!value)
      statement.bind(index);
    else if (kind == Kind::number)
      statement.bind(index, static_cast<std::int64_t>(std::stoll(*value)));
    else if (kind == Kind::text)
      statement.bind(index, *value);
    else
      sql::bind_blob(statement, index, std::string_view(*value));
  }
}

Row RowCopies::parts_of(const std::string& key) const
{
  Row parts;
  for (std::size_t begin = 0; parts.size() < table_.keys;) {
    const std::size_t end = std::min(key.find('.', begin), key.size());
    parts.emplace_back(from_hex(std::string_view(key).substr(begin, end - begin)));
    begin = std::min(end + 1, key.size());
  }
  return parts;
}

std::string RowCopies::key_of(const Row& row) const
{
  std::string key;
  for (std::size_t i = 0; i < table_.keys; ++i)
    key += (i > 0 ? "." : "") + base::to_hex(row[i].value_or(""));
  return key;
}

std::vector<Row> RowCopies::rows_of(sql::Statement& statement) const
{
  std::vector<Row> rows;
  while (statement.step()) {
    Row& row = rows.emplace_back(table_.columns.size());
    for (std::size_t i = 0; i < row.size(); ++i) {
      const sql::Column value = statement.column(static_cast<int>(i));
      if (value.is_null()) continue;
      row[i] = table_.columns[i].kind == Kind::number ? std::to_string(value.int64()) : value.text();
    }
  }
  return rows;
}

std::vector<Row> RowCopies::between(const std::string& key, const std::string& last, int most)
{
  const Row begin = key.empty() ? Row() : parts_of(key);
  const Row end = parts_of(last);
  const std::string from = key.empty() ? "" : key_is(">", table_) + " AND ";
  sql::Statement range(database_, select(table_, from + key_is("<=", table_, begin.size() + 1)) +
                                      fmt::format(" LIMIT ?{}", begin.size() + end.size() + 1));
  bind(range, 1, begin);
  bind(range, begin.size() + 1, end);
  range.bind(static_cast<int>(begin.size() + end.size() + 1), most);
  return rows_of(range);
}

std::string RowCopies::last_key()
{
  std::string keys;
  for (std::size_t i = 0; i < table_.keys; ++i)
    keys += fmt::format("{}\"{}\" DESC", i > 0 ? ", " : "", table_.columns[i].name);
  sql::Statement last(database_, fmt::format("SELECT {} FROM {} ORDER BY {} LIMIT 1",
                                             columns_of(table_, table_.columns.size()), table_.name, keys));
  const std::vector<Row> rows = rows_of(last);
  return rows.empty() ? "" : key_of(rows.front());
}

std::optional<Row> RowCopies::find(const std::string& key)
{
  const sql::Reset reset(find_);
  const Row parts = parts_of(key);
  bind(find_, 1, parts);
  std::vector<Row> rows = rows_of(find_);
  return rows.empty() ? std::nullopt : std::optional(std::move(rows.front()));
}

void RowCopies::insert(const Row& row)
{
  bind(insert_, 1, row);
  sql::execute(insert_);
}

void RowCopies::remove(const std::string& key)
{
  const Row parts = parts_of(key);
  bind(remove_, 1, parts);
  sql::execute(remove_);
}

} // namespace postbackd::store::tables
