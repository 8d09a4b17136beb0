#include "store/sqlite/queries/query_events.hpp"

#include "sqlite/statement.hpp"
#include "store/sqlite/common/names.hpp"

namespace postbackd::store::sqlite
{

QueryEvents::QueryEvents(SQLite::Database& database)
    : insert_(database, "INSERT INTO events (kind, query_row, created_at) VALUES (?1, ?2, ?3)")
{
}

void QueryEvents::append(model::EventKind kind, std::int64_t query, const std::string& now)
{
  bind_word(insert_, 1, model::to_text(kind));
  insert_.bind(2, query);
  bind_text(insert_, 3, now);
  execute(insert_);
}

} // namespace postbackd::store::sqlite
