#pragma once

#include "sql/database.hpp"
#include "store/fanbase_store.hpp"
#include "store/watch_store.hpp"

// The rows of the Fanbase side. Functions that write must run inside the caller's transaction.
namespace postbackd::store::tables
{

void insert_token(sql::Database& database, const AccessToken& token, base::TimePoint now);
QueueObject insert_object(sql::Database& database, const QueueObject& object,
                          const std::optional<ObjectSubmission>& submission, base::TimePoint now);
std::optional<QueueObject> find_object(sql::Database& database, const std::string& client,
                                       const std::string& id);
// WatchStore::objects.
std::vector<ObjectRecord> list_objects(sql::Database& database, std::int64_t before, std::size_t most);

// An object that has started or ended.
struct ObjectStep {
  std::int64_t number;
  ObjectState state;
  std::string message;
};
// Checks up to `most` open objects with a number above `last`; advances `last`, or resets it to 0 at the end.
// Reads only.
std::vector<ObjectStep> find_steps(sql::Database& database, std::int64_t& last, std::size_t most,
                                   bool has_handlers, base::TimePoint now);
void take_step(sql::Database& database, const ObjectStep& step, base::TimePoint now);

} // namespace postbackd::store::tables
