#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "admin/problems.hpp"
#include "base/clock.hpp"
#include "http/recent_refusals.hpp"
#include "store/postback_store.hpp"

namespace postbackd::admin
{

// What is known of the process itself. Read and written on the admin listener's thread.
struct ProcessFacts {
  std::uint64_t api_floor = 0; // bytes; with less free space the API refuses what it would keep
  std::string version;
  base::TimePoint started_at{};
  std::vector<std::string> addresses; // where it receives; none without the role
  std::vector<unsigned short> ports;  // that it holds, for whatever purpose
  std::optional<base::TimePoint> reloaded_at;
  std::string reload_error;                             // of the last reload, if it failed
  std::string restart_needed;                           // the tables that changed: `[listen], [[handler]]`
  std::int64_t alert_overdue = 1;                       // from so many overdue queries on
  std::int64_t alert_refused = 1;                       // and results refused in 15 minutes, for each reason
  std::string account_refused;                          // by the platform, which has said this
  std::optional<base::TimePoint> platform_silent_since; // it has taken no submission since then, and why
  std::string platform_silence;
  std::string source; // which process of the store it is: store::OpenAlert
  std::optional<base::TimePoint> certificate_ends;
  std::vector<std::pair<std::string, std::string>> keep; // retention: `postbacks`, `90d`
};

// A number of events since the start: `result /postback`, `unauthorized`.
struct Count {
  std::string what;
  std::uint64_t count;
};

using RecentRefusal = http::RecentRefusals::Entry;

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
  std::vector<RecentRefusal> recent;                    // of the last 15 minutes, the newest first
  std::vector<std::string> changed_credentials;         // where the configuration names them
  std::map<std::string, std::string> unusable_handlers; // and why they cannot run

  // Until postbacks are refused because the disk is full; nothing if the store does not grow.
  std::optional<std::int64_t> days_left() const;
};

// Returns the status with its problems: docs/openapi.yaml, `Status`.
std::string to_json(const Status& status);

} // namespace postbackd::admin
