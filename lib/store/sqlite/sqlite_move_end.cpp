#include "store/sqlite/sqlite_move_end.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "sql/statement.hpp"
#include "store/sqlite/files/lock_path.hpp"

namespace postbackd::store::sqlite
{
namespace
{

using tables::MovedTable;

constexpr std::chrono::seconds patience_of_move{60};
constexpr const char* operations[] = {"insert", "update", "delete"};

// Of the row OLD or NEW.
std::string key_of(const MovedTable& table, const char* row)
{
  std::string key;
  for (std::size_t i = 0; i < table.keys; ++i)
    key += fmt::format("{}lower(hex({}.\"{}\"))", i > 0 ? " || '.' || " : "", row, table.columns[i].name);
  return key;
}

MovedTable::Kind kind_of(const std::string& type)
{
  return type == "INTEGER" ? MovedTable::Kind::number
         : type == "TEXT"  ? MovedTable::Kind::text
                           : MovedTable::Kind::bytes;
}

std::vector<std::string> texts_of(sql::Database& database, const char* sql)
{
  std::vector<std::string> texts;
  sql::Statement find(database, sql);
  while (find.step())
    texts.push_back(find.column(0).text());
  return texts;
}

} // namespace

SqliteMoveEnd::SqliteMoveEnd(const std::filesystem::path& path, Connection::Mode mode)
    : connection_(open_file({path, patience_of_move}, mode))
{
}

void SqliteMoveEnd::take()
{
  lock_.emplace(connection_.path().string() + "-move.lock");
  if (!lock_->try_take())
    throw base::Failure(base::Errc::unavailable, "another `postbackctl store move` is under way");
}

bool SqliteMoveEnd::is_in_use()
{
  constexpr Duty duties[] = {Duty::deliver, Duty::ask, Duty::keep};
  return std::any_of(std::begin(duties), std::end(duties), [this](Duty duty) {
    return base::FileLock::is_taken(lock_path(connection_.path(), duty));
  });
}

void SqliteMoveEnd::after_commit()
{
  if (!checkpoints_) checkpoints_.emplace(connection_);
  checkpoints_->move(connection_);
}

std::vector<MovedTable> SqliteMoveEnd::tables()
{
  std::vector<MovedTable> found;
  // registration is where a statement of a registration stands, and empty after it.
  for (const std::string& name :
       texts_of(database(),
                "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%' AND name "
                "NOT LIKE 'moving%' AND name <> 'registration' ORDER BY name")) {
    MovedTable table{name, {}, 0}; // queries.room is a matter of pages, and empty
    sql::Statement columns(
        database(), "SELECT name, type, pk FROM pragma_table_xinfo(?1) WHERE hidden = 0 AND name <> 'room' "
                    "ORDER BY pk = 0, pk, cid");
    columns.bind(1, name);
    while (columns.step()) {
      table.columns.push_back({columns.column(0).text(), kind_of(columns.column(1).text())});
      table.keys += columns.column(2).int64() > 0;
    }
    found.push_back(std::move(table));
  }
  return found;
}

const char* SqliteMoveEnd::log_sql() const
{
  return "CREATE TABLE IF NOT EXISTS moving (number INTEGER PRIMARY KEY AUTOINCREMENT, tab TEXT NOT NULL, "
         "key TEXT NOT "
         "NULL) STRICT";
}

std::string SqliteMoveEnd::watch_sql(const MovedTable& table) const
{
  std::string sql;
  for (const std::string operation : operations) {
    sql += fmt::format("CREATE TRIGGER moving_{0}_{1} AFTER {1} ON {0} BEGIN ", table.name, operation);
    for (const char* row : {"OLD", "NEW"})
      if (operation != (*row == 'O' ? "insert" : "delete"))
        sql +=
            fmt::format("INSERT INTO moving (tab, key) VALUES ('{}', {}); ", table.name, key_of(table, row));
    sql += "END;";
  }
  return sql;
}

std::string SqliteMoveEnd::stop_watching_sql(const MovedTable& table) const
{
  std::string sql;
  for (const char* operation : operations)
    sql += fmt::format("DROP TRIGGER IF EXISTS moving_{}_{};", table.name, operation);
  return sql;
}

std::string SqliteMoveEnd::end_watching_sql(const std::vector<MovedTable>& tables) const
{
  std::string sql;
  for (const MovedTable& table : tables)
    sql += stop_watching_sql(table);
  return sql + "DROP TABLE IF EXISTS moving;";
}

std::string SqliteMoveEnd::guard_sql(const MovedTable& table, const std::string& message) const
{
  std::string quoted;
  for (const char c : message)
    quoted += c == '\'' ? "''" : std::string(1, c);
  std::string sql;
  for (const char* operation : operations)
    sql +=
        fmt::format("CREATE TRIGGER moved_{0}_{1} BEFORE {1} ON {0} BEGIN SELECT RAISE(ABORT, '{2}'); END;",
                    table.name, operation, quoted);
  return sql;
}

void SqliteMoveEnd::stop_triggers(const std::vector<MovedTable>&)
{
  database().exec(
      "CREATE TABLE moving_triggers (sql TEXT NOT NULL) STRICT; INSERT INTO moving_triggers SELECT sql "
      "FROM sqlite_schema WHERE type = 'trigger'");
  for (const std::string& name :
       texts_of(database(), "SELECT name FROM sqlite_schema WHERE type = 'trigger'"))
    database().exec("DROP TRIGGER " + name);
}

void SqliteMoveEnd::start_triggers(const std::vector<MovedTable>&)
{
  for (const std::string& sql : texts_of(database(), "SELECT sql FROM moving_triggers"))
    database().exec(sql);
  database().exec("DROP TABLE moving_triggers");
}

} // namespace postbackd::store::sqlite
