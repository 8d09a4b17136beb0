#include "store/sqlite/files/eras.hpp"

#include "sqlite/statement.hpp"
#include "store/sqlite/common/names.hpp"

namespace postbackd::store::sqlite
{
namespace
{

// By the clock: 128 events and 512 deliveries for each millisecond, which no store reaches. If the clock is
// behind those of the copy, by chance. Keys of deliveries (settings, store_id) differ between stores anyway.
constexpr const char* begin_sql[] = {
    R"(INSERT INTO eras (first, parted, deliveries, began_at)
       SELECT iif(ms << 7 > event, ms << 7, event + jump), event,
              CASE WHEN event = 0 THEN 0 WHEN ms << 9 > delivery THEN ms << 9 ELSE delivery + jump END, now
         FROM (SELECT (1 << 32) + abs(random() % (1 << 32)) AS jump,
                      CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER) AS ms,
                      (SELECT coalesce(max(id), 0) FROM events) AS event,
                      (SELECT coalesce(max(id), 0) FROM deliveries) AS delivery,
                      strftime('%Y-%m-%dT%H:%M:%fZ', 'now') AS now))",
    R"(INSERT INTO events (id, kind, object, created_at)
       SELECT first, 'era', first, began_at FROM eras ORDER BY first DESC LIMIT 1)"};

// A number between two eras, or one that is still to come.
constexpr auto parted_sql = R"(
  SELECT min(parted) FROM eras
   WHERE (?1 > parted AND ?1 < first)
      OR (first = (SELECT max(first) FROM eras) AND ?1 > (SELECT max(id) FROM events)))";

} // namespace

void begin_era(SQLite::Database& database)
{
  for (const char* sql : begin_sql)
    database.exec(sql);
}

std::optional<std::int64_t> parted_at(SQLite::Database& database, std::int64_t after)
{
  SQLite::Statement find(database, parted_sql);
  find.bind(1, after);
  find.executeStep();
  return number_or_nothing(find, 0);
}

} // namespace postbackd::store::sqlite
