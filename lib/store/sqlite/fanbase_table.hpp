#pragma once

#include <SQLiteCpp/Database.h>

#include "store/fanbase_store.hpp"

// The rows of the Fanbase side; what writes stands inside a transaction of the caller's.
namespace postbackd::store::sqlite
{

void insert_token(SQLite::Database& database, const Token& token, base::TimePoint now);
QueueObject insert_object(SQLite::Database& database, const QueueObject& object,
                          const std::optional<ObjectQuestion>& question, base::TimePoint now);
std::optional<QueueObject> find_object(SQLite::Database& database, const std::string& client,
                                       const std::string& id);
AppOutcome insert_user(SQLite::Database& database, const AppUser& user, bool any_document,
                       base::TimePoint now);
AppOutcome insert_event(SQLite::Database& database, const AppEvent& event, base::TimePoint now);

// An object that is to be moved on.
struct ObjectStep {
  std::int64_t number;
  std::string state;
  std::string process_msg;
};
// Looks at no more than `most` open objects behind the number `last`, which it moves on, or back to 0 at the
// end. Reads only.
std::vector<ObjectStep> find_steps(SQLite::Database& database, std::int64_t& last, std::size_t most,
                                   base::TimePoint now);
void take_step(SQLite::Database& database, const ObjectStep& step, base::TimePoint now);

// Adds a document that there is: 1 a CPF, 4 an e-mail. Whether it is new.
bool insert_fan(SQLite::Database& database, const std::string& document, int type);

} // namespace postbackd::store::sqlite
