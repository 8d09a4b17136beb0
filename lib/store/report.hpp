#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "store/query_store.hpp"
#include "store/watch_store.hpp"

namespace postbackd::store
{

// How long something took: half, 95 and 99 of a hundred were not longer.
struct Percentiles {
  std::int64_t count = 0;
  std::chrono::milliseconds p50{};
  std::chrono::milliseconds p95{};
  std::chrono::milliseconds p99{};
};

// Sorts the times. Pure.
Percentiles percentiles_of(std::vector<std::chrono::milliseconds>& times);

// What became of the queries that were registered in a time, and what came and was refused on its days (UTC).
struct Report {
  base::TimePoint from;
  base::TimePoint to;
  // Of the queries. With more than some thousand, a part of them is looked at and `sampled` is true:
  // then these are estimates, but for those by state.
  std::int64_t registered = 0;
  bool sampled = false;
  std::int64_t submitted = 0;
  std::int64_t answered = 0;
  std::int64_t late = 0;                        // of the answered, after their deadline
  std::map<std::string, std::int64_t> by_state; // of those that are not answered
  std::vector<QueryRecord> missing; // of those whose result is still to come or does not come, the first ones
  Percentiles query_to_result;      // registered to answered
  Percentiles received_to_kept;     // the last byte of the header to the commit
  Percentiles kept_to_delivered;    // to each handler
  // Of the days.
  std::map<std::string, std::int64_t> counts; // columns of v_stats
  std::vector<RefusalCount> refusals;         // the most first
};

// `Report` of docs/openapi.yaml.
std::string to_json(const Report& report);

} // namespace postbackd::store
