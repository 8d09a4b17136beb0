#include "store/tables/submissions/restored.hpp"

#include "sql/statement.hpp"
#include "store/tables/common/settings.hpp"
#include "store/tables/queries/eras.hpp"
#include "text/time.hpp"

namespace postbackd::store::tables
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
          SET recover = TRUE, attempts = CASE WHEN attempts > 0 THEN attempts ELSE 1 END, next_attempt_at = NULL,
              submitted_at = coalesce(submitted_at, (SELECT created_at FROM queries q WHERE q.correlation = submissions.correlation))
        WHERE correlation IN (SELECT correlation FROM queries WHERE waiting AND (state = 'queued' OR state = 'submitting')))",
    R"(UPDATE queries SET state = 'recovering'
        WHERE waiting AND (state = 'queued' OR state = 'submitting') AND id IN (SELECT query_row FROM recoveries))"};

} // namespace

void mark_restored(sql::Database& database, base::TimePoint now)
{
  set_setting(database, "restored", text::format_time(now));
  for (const char* sql : look_first_sql)
    sql::Statement(database, sql).exec();
  begin_era(database, now);
}

} // namespace postbackd::store::tables
