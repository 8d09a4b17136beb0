#pragma once

#include <chrono>
#include <cstdint>
#include <mutex>
#include <string>
#include <vector>

#include "base/clock.hpp"

namespace postbackd::admin
{

// What a process has done in the last 24 hours, in steps of ten seconds: half a megabyte, whatever comes.
// Thread-safe.
class History
{
public:
  static constexpr std::chrono::seconds step{10};
  static constexpr std::size_t steps = 24 * 3600 / 10;

  // Since the start of the process.
  struct Totals {
    std::uint64_t received = 0; // postbacks kept
    std::uint64_t repeats = 0;
    std::uint64_t refused = 0;
    std::uint64_t delivered = 0; // attempts of handlers that are done
    std::uint64_t failed = 0;    // and those that are not
  };

  // Notes what has been done since the last call, in the step that ends now. Call it at the end of each.
  void note(const Totals& totals, std::chrono::nanoseconds slowest_commit, base::TimePoint now);

  // Returns the steps of this time until now, the oldest first: docs/openapi.yaml, `History`.
  std::string json(std::chrono::seconds time, base::TimePoint now) const;

private:
  struct Step {
    std::int64_t number = -1; // since 1970
    Totals done;
    std::chrono::nanoseconds slowest_commit{};
  };

  mutable std::mutex mutex_;
  std::vector<Step> ring_ = std::vector<Step>(steps);
  Totals before_;
};

} // namespace postbackd::admin
