#pragma once

#include <SQLiteCpp/Database.h>

#include <optional>
#include <string>
#include <vector>

#include "model/event.hpp"
#include "store/sqlite/query_table.hpp"

// What an operator does with deliveries, on the file itself. Blocking.
namespace postbackd::store::sqlite
{

// Which deliveries; what is absent does not matter.
struct DeliveryFilter {
  std::optional<std::int64_t> id;
  std::optional<std::string> handler;
  std::optional<std::string> state; // due, running, done, dead, held
  std::optional<std::string> query_id;
};

// The rows of v_deliveries, newest first.
Rows find_deliveries(SQLite::Database& database, const DeliveryFilter& filter, std::size_t most);
// Attempts of a query's deliveries, in order.
Rows find_attempts(SQLite::Database& database, const std::string& query_id);
// The rows of v_handlers.
Rows find_handlers(SQLite::Database& database);

enum class Steer {
  retry,   // due or dead: due now, with all its attempts again
  hold,    // due: held
  release, // held: due now
  kill,    // due or held: dead
};

// How many it concerns.
std::int64_t count_steerable(SQLite::Database& database, Steer steer, const DeliveryFilter& filter);
// Does it to at most `most` of them behind the id `last`, which it moves on; how many they were. Call it
// until it is nothing. Looks without a lock, and writes by id.
std::optional<std::int64_t> steer(SQLite::Database& database, Steer steer, const DeliveryFilter& filter,
                                  std::int64_t& last, std::size_t most);

// Events since a time (text::format_time) that a handler can be given, behind the event `after`.
std::vector<model::Event> past_events(SQLite::Database& database, const std::string& since,
                                      std::int64_t after, std::size_t most);
// Makes a delivery of each, due now; one that is there and done or dead is due again. How many.
std::int64_t replay(SQLite::Database& database, const std::string& handler,
                    const std::vector<std::int64_t>& events);

} // namespace postbackd::store::sqlite
