#pragma once

#include "sql/database.hpp"
#include "store/fanbase_store.hpp"

// The users and events of apps. Inside the writer's transaction.
namespace postbackd::store::tables
{

AppOutcome insert_user(sql::Database& database, const AppUser& user, bool any_document, base::TimePoint now);
AppOutcome insert_event(sql::Database& database, const AppEvent& event, base::TimePoint now);
// Adds a known document: type 1 is a CPF, 4 an e-mail. Returns whether it is new.
bool insert_fan(sql::Database& database, const std::string& document, int type);

} // namespace postbackd::store::tables
