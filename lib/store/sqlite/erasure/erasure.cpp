#include "store/sqlite/erasure/erasure.hpp"

#include <SQLiteCpp/Statement.h>
#include <SQLiteCpp/Transaction.h>
#include <fmt/format.h>
#include <sqlite3.h>

#include <algorithm>
#include <fstream>

#include "sqlite/reading.hpp"
#include "sqlite/statement.hpp"
#include "store/sqlite/names.hpp"
#include "store/sqlite/queries/query_finder.hpp"
#include "text/time.hpp"

namespace postbackd::store::sqlite
{
namespace
{

constexpr std::size_t read_at_once = 1 << 20;

// mentions(TEXT or BLOB): whether it has the document. `user` is the document, or null: nothing has it.
void mentions(sqlite3_context* context, int, sqlite3_value** values)
{
  const auto* document = static_cast<const model::PersonalDocument*>(sqlite3_user_data(context));
  const auto* bytes = static_cast<const char*>(sqlite3_value_blob(values[0]));
  const auto size = static_cast<std::size_t>(sqlite3_value_bytes(values[0]));
  sqlite3_result_int(context, document && bytes && document->is_in({bytes, size}));
}

void append_numbers(SQLite::Database& database, const std::string& sql, std::vector<std::int64_t>& numbers)
{
  SQLite::Statement find(database, sql);
  while (find.executeStep())
    numbers.push_back(find.getColumn(0).getInt64());
}

void sort_once(std::vector<std::int64_t>& numbers)
{
  std::sort(numbers.begin(), numbers.end());
  numbers.erase(std::unique(numbers.begin(), numbers.end()), numbers.end());
}

bool file_mentions(const model::PersonalDocument& document, const std::filesystem::path& path)
{
  std::ifstream file(path, std::ios::binary);
  std::string bytes;
  while (file) {
    std::string next(read_at_once, '\0');
    file.read(next.data(), static_cast<std::streamsize>(next.size()));
    bytes.append(next, 0, static_cast<std::size_t>(file.gcount()));
    if (document.is_in(bytes)) return true;
    bytes.erase(0, bytes.size() - std::min(bytes.size(), document.longest() + 1));
  }
  return false;
}

} // namespace

Erasure::Erasure(SQLite::Database& database, const ToErase& which, const SearchProgress& progress)
    : database_(database), which_(which), progress_(progress)
{
  const void* document = which.document ? &*which.document : nullptr;
  sqlite3_create_function(database.getHandle(), "mentions", 1, SQLITE_UTF8, const_cast<void*>(document),
                          &mentions, nullptr, nullptr);
  database.exec("PRAGMA secure_delete = ON");
}

Erased Erasure::find()
{
  if (which_.query) {
    if (const auto row = find_query_row(database_, *which_.query)) queries_.push_back(*row);
  } else {
    find_by_text();
    find_by_body();
  }
  add_relatives();
  std::int64_t postbacks = static_cast<std::int64_t>(postbacks_.size());
  for (const std::int64_t row : queries_) {
    SQLite::Statement count(database_,
                            "SELECT count(*) FROM postbacks WHERE query_row = ?1 AND removed_at IS NULL");
    count.bind(1, row);
    count.executeStep();
    postbacks += count.getColumn(0).getInt64();
  }
  return {static_cast<std::int64_t>(queries_.size()), postbacks, static_cast<std::int64_t>(objects_.size()),
          static_cast<std::int64_t>(app_events_.size())};
}

void Erasure::find_by_text()
{
  append_numbers(database_,
                 "SELECT id FROM queries WHERE "
                 "mentions(label) OR mentions(key) OR mentions(metadata) OR mentions(reason)",
                 queries_);
  append_numbers(database_,
                 "SELECT q.id FROM submissions s JOIN queries q ON q.correlation = s.correlation "
                 "WHERE mentions(s.q) OR mentions(s.message)",
                 queries_);
  append_numbers(
      database_,
      "SELECT number FROM queue_objects WHERE mentions(request) OR mentions(message) OR mentions(key)",
      objects_);
  append_numbers(
      database_,
      "SELECT number FROM app_events WHERE mentions(event_value) OR mentions(user_id) OR user_id IN "
      "(SELECT user_id FROM app_users WHERE mentions(document))",
      app_events_);
}

void Erasure::find_by_body()
{
  const std::int64_t total = database_.execAndGet("SELECT count(*) FROM bodies").getInt64();
  SQLite::Statement next(
      database_, "SELECT p.receipt, p.query_row, mentions(b.raw) OR mentions(b.json) OR mentions(p.problem), "
                 "b.raw_pieces, b.json_pieces FROM postbacks p JOIN bodies b USING (receipt) "
                 "WHERE p.receipt > ?1 AND p.removed_at IS NULL ORDER BY p.receipt LIMIT ?2");
  SQLite::Statement pieces(database_, "SELECT bytes FROM pieces WHERE body_id = ?1 ORDER BY part");
  const auto is_in_pieces = [&](const SQLite::Column& body) {
    if (body.isNull()) return false;
    const Reset reset(pieces);
    pieces.bind(1, body.getInt64());
    std::string bytes;
    while (pieces.executeStep()) {
      bytes.erase(0, bytes.size() - std::min(bytes.size(), which_.document->longest() + 1));
      bytes += pieces.getColumn(0).getString();
      if (which_.document->is_in(bytes)) return true;
    }
    return false;
  };
  const auto take = [&, this](SQLite::Statement& row) {
    if (row.getColumn(2).getInt() == 0 && !is_in_pieces(row.getColumn(3)) && !is_in_pieces(row.getColumn(4)))
      return;
    const SQLite::Column query = row.getColumn(1);
    query.isNull() ? postbacks_.push_back(row.getColumn(0).getInt64()) : queries_.push_back(query.getInt64());
  };
  read_in_parts(next, take, [&, this](std::int64_t done) {
    if (progress_) progress_(done, total);
  });
}

// Equal submissions share one answer; objects of the Fanbase queue are answered by a query.
void Erasure::add_relatives()
{
  sort_once(queries_);
  std::vector<std::int64_t> all = queries_;
  for (const std::int64_t row : queries_) {
    append_numbers(
        database_,
        fmt::format(
            "SELECT f.id FROM queries q JOIN queries f ON f.served_from = q.correlation OR f.correlation = "
            "q.served_from OR f.served_from = q.served_from WHERE q.id = {} AND f.receipt = q.receipt",
            row),
        all);
    append_numbers(database_,
                   fmt::format("SELECT number FROM queue_objects WHERE correlation = (SELECT correlation "
                               "FROM queries WHERE id = {})",
                               row),
                   objects_);
  }
  queries_ = std::move(all);
  for (auto* numbers : {&queries_, &postbacks_, &objects_, &app_events_})
    sort_once(*numbers);
}

bool Erasure::is_left(const model::PersonalDocument& document, const std::filesystem::path& store)
{
  for (const char* suffix : {"", "-wal"})
    if (file_mentions(document, store.string() + suffix)) return true;
  return false;
}

} // namespace postbackd::store::sqlite
