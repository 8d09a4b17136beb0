#include "store/tables/fanbase/app_table.hpp"

#include "sql/statement.hpp"
#include "store/tables/common/names.hpp"
#include "store/tables/queries/event_table.hpp"
#include "text/time.hpp"

namespace postbackd::store::tables
{
namespace
{

bool exists(sql::Database& database, const char* sql, const std::string& first, int second)
{
  sql::Statement find(database, sql);
  find.bind(1, first);
  if (second != 0) find.bind(2, second);
  return find.step();
}

void register_app(sql::Database& database, const AppUser& user, base::TimePoint now)
{
  sql::Statement insert(database, R"(
    INSERT INTO app_registrations (user_id, app_name, app_platform, client, created_at)
    VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT DO NOTHING)");
  insert.bind(1, user.user_id);
  insert.bind(2, user.app_name);
  insert.bind(3, user.app_platform);
  insert.bind(4, user.client);
  insert.bind(5, text::format_time(now));
  insert.exec();
}

} // namespace

AppOutcome insert_user(sql::Database& database, const AppUser& user, bool any_document, base::TimePoint now)
{
  sql::Statement known(database,
                       "SELECT document = ?2 AND document_type = ?3 FROM app_users WHERE user_id = ?1");
  known.bind(1, user.user_id);
  known.bind(2, user.document);
  known.bind(3, user.document_type);
  const bool is_known = known.step();
  if (is_known && known.column(0).int32() == 0) return AppOutcome::other_document;
  if (!is_known) {
    if (!any_document && !exists(database, "SELECT 1 FROM fans WHERE document = ?1 AND type = ?2",
                                 user.document, user.document_type))
      return AppOutcome::unknown_document;
    sql::Statement insert(database,
                          "INSERT INTO app_users (user_id, document, document_type) VALUES (?1, ?2, ?3)");
    insert.bind(1, user.user_id);
    insert.bind(2, user.document);
    insert.bind(3, user.document_type);
    insert.exec();
  }
  register_app(database, user, now);
  return AppOutcome::kept;
}

AppOutcome insert_event(sql::Database& database, const AppEvent& event, base::TimePoint now)
{
  if (!exists(database, "SELECT 1 FROM app_users WHERE user_id = ?1", event.user_id, 0))
    return AppOutcome::unknown_user;
  const std::string time = text::format_time(now);
  sql::Statement insert(database, R"(
    INSERT INTO app_events (user_id, event_name, event_value, event_date, app_name, client, created_at, event_at)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8))");
  const std::string event_at = text::format_time(event.event_at);
  bind_text(insert, 1, event.user_id);
  bind_text(insert, 2, event.event_name);
  bind_text_or_null(insert, 3, event.event_value);
  bind_text(insert, 4, event.event_date);
  bind_text(insert, 5, event.app_name);
  bind_text(insert, 6, event.client);
  bind_text(insert, 7, time);
  bind_text(insert, 8, event_at);
  const std::int64_t number = insert.insert("number");
  EventTable(database).append(model::EventKind::app_event, {.object = number}, time);
  return AppOutcome::kept;
}

bool insert_fan(sql::Database& database, const std::string& document, int type)
{
  sql::Statement insert(database, "INSERT INTO fans (document, type) VALUES (?1, ?2) ON CONFLICT DO NOTHING");
  insert.bind(1, document);
  insert.bind(2, type);
  return insert.exec() > 0;
}

} // namespace postbackd::store::tables
