#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "store/postback_store.hpp"

namespace postbackd::admin
{

// What is known of the process itself. Read and written on the admin listener's thread.
struct ProcessFacts {
  std::uint64_t api_floor = 0; // bytes; with less free space the API refuses what it would keep
  std::string version;
  base::TimePoint started_at{};
  std::vector<std::string> addresses; // where it receives; none without the role
  std::optional<base::TimePoint> reloaded_at;
  std::string reload_error; // of the last reload, if it failed
  std::optional<base::TimePoint> certificate_ends;
  std::vector<std::pair<std::string, std::string>> keep; // retention: `postbacks`, `90d`
};

// A number of events since the start: `result /postback`, `unauthorized`.
struct Count {
  std::string what;
  std::uint64_t count;
};

// The whole state, as /status and `postbackctl status` show it.
struct Status {
  ProcessFacts process;
  base::TimePoint now{};
  std::string not_ready; // why; empty: it is ready
  std::optional<store::StoreFigures> store;
  std::optional<std::uint64_t> free_bytes;
  std::size_t connections = 0;
  std::vector<Count> received;
  std::vector<Count> refused;
};

// Something that an operator should look at.
struct Problem {
  bool critical; // results are refused now, or will be soon
  std::string what;
};

// Returns the problems, the critical ones first. Pure.
std::vector<Problem> problems_of(const Status& status);

// Returns the status with its problems: docs/openapi.yaml, `Status`.
std::string to_json(const Status& status);

} // namespace postbackd::admin
