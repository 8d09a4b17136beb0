#include "store/sqlite/files/restored.hpp"

#include <SQLiteCpp/Database.h>
#include <fmt/format.h>
#include <sqlite3.h>

#include "base/error.hpp"
#include "sqlite/database.hpp"
#include "store/sqlite/common/names.hpp"
#include "store/tables/common/settings.hpp"
#include "store/tables/queries/eras.hpp"
#include "text/time.hpp"

namespace postbackd::store::sqlite
{
namespace
{

// What was queued when the copy was made may have been sent since: the platform's log is searched before it
// is sent.
constexpr const char* look_first_sql[] = {
    R"(INSERT INTO recoveries (query_row, why, next_attempt_at)
       SELECT id, 'asked', created_at FROM queries
        WHERE waiting AND (state = 'queued' OR state = 'submitting') AND correlation IN (SELECT correlation FROM submissions)
          AND NOT EXISTS (SELECT 1 FROM recoveries WHERE query_row = queries.id))",
    R"(UPDATE submissions
          SET recover = 1, attempts = max(attempts, 1), next_attempt_at = NULL,
              submitted_at = coalesce(submitted_at, (SELECT created_at FROM queries q WHERE q.correlation = submissions.correlation))
        WHERE correlation IN (SELECT correlation FROM queries WHERE waiting AND (state = 'queued' OR state = 'submitting')))",
    R"(UPDATE queries SET state = 'recovering'
        WHERE waiting AND (state = 'queued' OR state = 'submitting') AND id IN (SELECT query_row FROM recoveries))"};

} // namespace

void mark_restored(const std::filesystem::path& copy, base::TimePoint now)
{
  try {
    SQLite::Database file(copy.string(), SQLite::OPEN_READWRITE | SQLITE_OPEN_NOFOLLOW);
    Database database(file);
    sql::in_transaction(database, [&] {
      tables::set_setting(database, "restored", text::format_time(now));
      for (const char* sql : look_first_sql)
        database.exec(sql);
      tables::begin_era(database, now);
    });
  } catch (const SQLite::Exception& e) {
    throw base::Failure(base::Errc::unavailable,
                        fmt::format("cannot write '{}': {}", copy.string(), e.what()));
  }
}

} // namespace postbackd::store::sqlite
