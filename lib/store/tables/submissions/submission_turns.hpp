#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "model/fair_turns.hpp"
#include "sql/statement.hpp"

namespace postbackd::store::tables
{

// Finds the lanes that have something to send at the time ?1, and their clients; one search each.
extern const char* const due_lanes_sql;

// The queued submissions that are due, in fair turns: of a lane (a group, or what a client asks without one)
// the one that has waited longest. Inside the writer's transaction.
class SubmissionTurns
{
public:
  explicit SubmissionTurns(sql::Database& database);

  // Begins a pass. A client with a bound sends no more than it allows, with those that are at the platform.
  void begin(const std::map<std::string, std::size_t>& most_of_clients, base::TimePoint now);
  // Returns the correlation of the next one, which must not be due any more at the next call; nothing at the
  // end.
  std::optional<std::string> next();
  // The last one was sent.
  void sent();

private:
  void find_lanes();
  std::size_t count_at_platform(const std::string& client);
  bool is_full(const model::FairTurns::Lane& lane) const;

  sql::Statement find_lanes_;
  sql::Statement next_of_lane_;
  sql::Statement at_platform_;
  model::FairTurns turns_;
  std::string now_;
  std::vector<model::FairTurns::Lane> lanes_;
  std::map<std::string, std::size_t> allowed_; // of clients with a bound
  std::string client_;                         // of the last one
};

} // namespace postbackd::store::tables
