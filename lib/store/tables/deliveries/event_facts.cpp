#include "store/tables/deliveries/event_facts.hpp"

#include "sql/statement.hpp"
#include "store/event_document.hpp"
#include "store/tables/common/names.hpp"

namespace postbackd::store::tables
{
namespace
{

constexpr auto queue_object_sql = "SELECT id, action, request FROM queue_objects WHERE number = ?1";
constexpr auto app_event_sql = R"(
  SELECT e.user_id, e.event_name, e.event_value, e.event_date, e.app_name, u.document, u.document_type
    FROM app_events e LEFT JOIN app_users u ON u.user_id = e.user_id WHERE e.number = ?1)";
constexpr auto alert_sql =
    "SELECT name, handler, critical, what, began_at, ended_at, first_event FROM alerts WHERE id = ?1";
constexpr auto group_sql = "SELECT name, client, queries, open, given_up FROM v_groups WHERE id = ?1";

std::string describe_queue_object(sql::Statement& row)
{
  return document_of(QueueObjectFacts{text_or_empty(row, 0), text_or_empty(row, 1), text_or_empty(row, 2)});
}

std::string describe_app_event(sql::Statement& row)
{
  return document_of(AppEventFacts{text_or_empty(row, 0), text_or_empty(row, 1), text_or_nothing(row, 2),
                                   text_or_empty(row, 3), text_or_empty(row, 4), text_or_nothing(row, 5),
                                   number_or_nothing(row, 6)});
}

std::string describe_alert(sql::Statement& row, std::int64_t event)
{
  return document_of(AlertFacts{text_or_empty(row, 0), text_or_empty(row, 1), row.column(2).int32() != 0,
                                text_or_empty(row, 3), text_or_empty(row, 4), text_or_nothing(row, 5)},
                     row.column(6).int64() == event);
}

std::string describe_group(sql::Statement& row)
{
  GroupRecord group;
  group.name = text_or_empty(row, 0);
  group.client = text_or_empty(row, 1);
  group.queries = row.column(2).int64();
  group.open = row.column(3).int64();
  return document_of(group, row.column(4).int64());
}

const char* sql_of(model::EventKind kind)
{
  return kind == model::EventKind::alert       ? alert_sql
         : kind == model::EventKind::group     ? group_sql
         : kind == model::EventKind::app_event ? app_event_sql
                                               : queue_object_sql;
}

} // namespace

std::string describe_object(sql::Database& database, const model::Event& event)
{
  sql::Statement find(database, sql_of(event.kind));
  find.bind(1, *event.object);
  if (!find.step()) throw base::Failure(base::Errc::not_found, "the object has been deleted");
  switch (event.kind) {
  case model::EventKind::alert:
    return describe_alert(find, event.id);
  case model::EventKind::group:
    return describe_group(find);
  case model::EventKind::app_event:
    return describe_app_event(find);
  default:
    return describe_queue_object(find);
  }
}

} // namespace postbackd::store::tables
