#include "store/tables/queries/event_table.hpp"

#include "sql/statement.hpp"
#include "store/tables/common/names.hpp"

namespace postbackd::store::tables
{

EventTable::EventTable(sql::Database& database)
    : insert_(database, "INSERT INTO events (kind, receipt, query_row, object, created_at) "
                        "VALUES (?1, ?2, ?3, ?4, ?5)")
{
}

std::int64_t EventTable::append(model::EventKind kind, const Subject& subject, const std::string& now)
{
  const Reset reset(insert_);
  bind_word(insert_, 1, model::to_text(kind));
  int index = 2;
  for (const auto& number : {subject.receipt, subject.query, subject.object})
    number ? insert_.bind(index++, *number) : insert_.bind(index++);
  bind_text(insert_, index, now);
  return insert_.insert("id");
}

} // namespace postbackd::store::tables
