#include "store/tables/move/filling.hpp"

#include "sql/statement.hpp"
#include "store/tables/common/settings.hpp"

namespace postbackd::store::tables
{
MoveMarks move_marks(sql::Database& database)
{
  return {setting(database, "moving"), setting(database, "moving_to"), setting(database, "moved_to")};
}

std::string id_of_store(sql::Database& database)
{
  const MoveMarks marks = move_marks(database);
  if (!marks.source.empty())
    throw base::Failure(base::Errc::invalid,
                        "`postbackctl store move` has not filled the store: run it again");
  refuse_moved(database);
  return setting(database, "store_id");
}

void refuse_moved(sql::Database& database)
{
  if (const std::string place = setting(database, "moved_to"); !place.empty())
    throw base::Failure(base::Errc::fatal, std::string(sql::moved_words) + place);
}

void begin_filling(MoveEnd& target, const std::vector<MovedTable>& tables, const std::string& source,
                   bool goes_on)
{
  sql::Database& database = target.database();
  const std::string filling = move_marks(database).source;
  if (filling == source && goes_on) return;
  if (filling == source)
    throw base::Failure(base::Errc::invalid, "what is there is of a move that was given up: delete it");
  if (!filling.empty())
    throw base::Failure(base::Errc::invalid, "another store is being moved there: " + filling);
  in_transaction(database, [&] {
    if (const std::string place = move_marks(database).moved_to; !place.empty())
      throw base::Failure(base::Errc::invalid,
                          "the store that is there has moved to " + place +
                              ": give another name, or delete it if nobody needs it any more");
    if (target.is_in_use())
      throw base::Failure(base::Errc::invalid, "a receiver uses the store that is there: stop it");
    if (sql::number_of(database,
                       "SELECT (SELECT count(*) FROM queries) + (SELECT count(*) FROM postbacks)") != 0)
      throw base::Failure(base::Errc::invalid, "there is a store already, and it is not empty");
    target.stop_triggers(tables);
    database.exec(
        "CREATE TABLE moving_progress (tab text PRIMARY KEY, key text NOT NULL, done bigint NOT NULL)");
    for (const MovedTable& table : tables)
      database.exec(table.name == "settings"
                        ? "DELETE FROM settings WHERE name <> 'version' AND name NOT LIKE 'query_key%'"
                        : "DELETE FROM " + table.name);
    put_setting(database, "moving", source);
  });
}

void end_filling(MoveEnd& target, const std::vector<MovedTable>& tables)
{
  sql::Database& database = target.database();
  in_transaction(database, [&] {
    if (move_marks(database).source.empty()) return; // another process was faster
    target.continue_numbers(tables);
    target.start_triggers(tables);
    database.exec("DROP TABLE moving_progress");
    database.exec("DELETE FROM settings WHERE name = 'moving'");
    ask_to_scrub(database, "moved"); // what was erased meanwhile was here
  });
}

} // namespace postbackd::store::tables
