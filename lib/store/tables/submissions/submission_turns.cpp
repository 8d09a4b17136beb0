#include "store/tables/submissions/submission_turns.hpp"

#include <algorithm>

#include "sql/statement.hpp"
#include "store/tables/common/names.hpp"
#include "text/time.hpp"

namespace postbackd::store::tables
{
namespace
{

constexpr auto next_of_lane_sql = R"(
  SELECT correlation FROM submissions INDEXED BY submissions_queued WHERE lane = ?1 AND next_attempt_at <= ?2
   ORDER BY next_attempt_at LIMIT 1)";
// Reads all that wait for the platform: only of clients with a bound.
constexpr auto at_platform_sql = R"(
  SELECT count(*) FROM queries q
   WHERE q.waiting AND q.state IN ('submitting', 'pending') AND q.client = ?1
     AND EXISTS (SELECT 1 FROM submissions s WHERE s.correlation = q.correlation))";

} // namespace

const char* const due_lanes_sql = R"(
  WITH RECURSIVE lanes (lane) AS (
    SELECT min(lane) FROM submissions WHERE next_attempt_at IS NOT NULL
    UNION ALL
    SELECT (SELECT min(lane) FROM submissions WHERE next_attempt_at IS NOT NULL AND lane > l.lane) FROM lanes l WHERE l.lane IS NOT NULL)
  SELECT l.lane, coalesce((SELECT client FROM groups WHERE id = l.lane), '') FROM lanes l
   WHERE EXISTS (SELECT 1 FROM submissions INDEXED BY submissions_queued WHERE lane = l.lane AND next_attempt_at <= ?1))";

SubmissionTurns::SubmissionTurns(sql::Database& database)
    : find_lanes_(database, due_lanes_sql), next_of_lane_(database, next_of_lane_sql),
      at_platform_(database, at_platform_sql)
{
}

void SubmissionTurns::begin(const std::map<std::string, std::size_t>& most_of_clients, base::TimePoint now)
{
  now_ = text::format_time(now);
  find_lanes();
  allowed_.clear();
  for (const auto& [client, most] : most_of_clients)
    allowed_[client] = most - std::min(most, count_at_platform(client));
  std::erase_if(lanes_, [this](const auto& lane) { return is_full(lane); });
}

void SubmissionTurns::find_lanes()
{
  const Reset reset(find_lanes_);
  bind_text(find_lanes_, 1, now_);
  lanes_.clear();
  while (find_lanes_.step())
    lanes_.push_back({find_lanes_.column(0).int64(), find_lanes_.column(1).text()});
}

std::size_t SubmissionTurns::count_at_platform(const std::string& client)
{
  const Reset reset(at_platform_);
  bind_text(at_platform_, 1, client);
  at_platform_.step();
  return static_cast<std::size_t>(at_platform_.column(0).int64());
}

bool SubmissionTurns::is_full(const model::FairTurns::Lane& lane) const
{
  const auto allowed = allowed_.find(lane.client);
  return allowed != allowed_.end() && allowed->second == 0;
}

std::optional<std::string> SubmissionTurns::next()
{
  while (!lanes_.empty()) {
    const std::size_t turn = turns_.next(lanes_);
    const Reset reset(next_of_lane_);
    next_of_lane_.bind(1, lanes_[turn].id);
    bind_text(next_of_lane_, 2, now_);
    client_ = lanes_[turn].client;
    if (next_of_lane_.step()) return next_of_lane_.column(0).text();
    lanes_.erase(lanes_.begin() + static_cast<std::ptrdiff_t>(turn));
  }
  return std::nullopt;
}

void SubmissionTurns::sent()
{
  const auto allowed = allowed_.find(client_);
  if (allowed != allowed_.end() && --allowed->second == 0)
    std::erase_if(lanes_, [this](const auto& lane) { return is_full(lane); });
}

} // namespace postbackd::store::tables
