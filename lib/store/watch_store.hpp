#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "store/fanbase_store.hpp"

namespace postbackd::store
{

// Refusals of one kind to one sender.
struct RefusalCount {
  std::string reason;
  std::string remote; // empty: the rest
  std::string path;
  std::uint64_t count = 0;
  base::TimePoint last;
};

// What somebody should look at. Its name and its handler say which condition it is, as long as it lasts.
struct Alert {
  std::string name;
  std::string handler;   // which is never given it; empty: it is about none
  bool critical = false; // results are refused now, or will be soon
  std::string what;      // for people; no personal data
};

struct OpenAlert : Alert {
  std::string source;
  base::TimePoint began_at;
};

struct AlertRecord : OpenAlert {
  std::int64_t id = 0;
  std::optional<base::TimePoint> ended_at;
};

// Who read or erased what (QueryStore::note_access).
struct AccessRecord {
  std::int64_t id = 0;
  base::TimePoint at;
  std::string client;
  std::string action;
  std::string query;
};

// An object of the Fanbase queue, without its request.
struct ObjectRecord {
  std::int64_t id = 0; // their order
  std::string object;  // the id that its client has
  std::string client;
  std::string action;
  ObjectState state = ObjectState::pending;
  base::TimePoint created_at;
  std::optional<base::TimePoint> processed_at;
  std::string message;
};

struct Report; // store/report.hpp

// What came and was handed over on a day of UTC: columns of v_stats.
struct DayCounts {
  std::string day;
  std::map<std::string, std::int64_t> counts;
};

// What a process notes of itself, for whoever is on call. Blocking. Thread-safe.
class WatchStore
{
public:
  virtual ~WatchStore() = default;

  // Adds to the counts of their days, some hundreds of rows a day; those of more than a year ago go.
  virtual base::Result<void> add_refusals(const std::vector<RefusalCount>& refusals) = 0;

  // Says what this source sees now. What it has not seen before begins, what it does not see any more ends,
  // each with an event `alert`. Others end after 90 days.
  virtual base::Result<void> set_alerts(const std::string& source, const std::vector<Alert>& seen,
                                        base::TimePoint now) = 0;

  // Notes how large the store is today.
  virtual base::Result<void> note_size(base::TimePoint now) = 0;

  // These read, and throw base::Failure when the store cannot be read now.

  // These return up to `most` with an id below `before`, the newest first.
  virtual std::vector<AlertRecord> alerts(std::int64_t before, std::size_t most) = 0;
  virtual std::vector<AccessRecord> accesses(std::int64_t before, std::size_t most) = 0;
  virtual std::vector<ObjectRecord> objects(std::int64_t before, std::size_t most) = 0;
  // Returns up to `most` of the days from this one on, those with the most refusals first.
  virtual std::vector<RefusalCount> refusals(const std::string& since_day, std::size_t most) = 0;
  // Returns the days from this one on that have counts.
  virtual std::vector<DayCounts> days(const std::string& since_day) = 0;
  // One at a time: throws base::Failure (unavailable) while another one is made.
  virtual Report report(base::TimePoint from, base::TimePoint to) = 0;
};

} // namespace postbackd::store
