#include "store/postgresql/vacuum.hpp"

#include <chrono>
#include <string>

#include "postgresql/database.hpp"

namespace postbackd::store::postgresql
{
namespace
{

constexpr const char* touched[] = {"queries",       "submissions", "postbacks", "bodies",
                                   "pieces",        "deliveries",  "attempts",  "recoveries",
                                   "queue_objects", "app_events",  "app_users", "app_registrations",
                                   "fans",          "audit",       "groups"};

} // namespace

void vacuum_erased(postbackd::postgresql::ConnectionOptions options)
{
  options.writes = true;
  options.call_timeout = std::chrono::hours(1);
  postbackd::postgresql::Database database(options);
  for (const char* table : touched)
    database.exec(std::string("VACUUM ") + table);
}

} // namespace postbackd::store::postgresql
