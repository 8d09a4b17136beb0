#pragma once

#include <optional>

#include "sqlite/reading.hpp"
#include "store/postback_store.hpp"
#include "store/sqlite/common/names.hpp"

namespace postbackd::store::sqlite
{

// Counts what is in the file, on a connection of its own. Thread-safe.
class Figures
{
public:
  explicit Figures(const ConnectionOptions& options) : reader_(options) {}

  // Returns all figures that are in the file; leaves `queued` and `journal_bytes` 0. Those who ask at once
  // share one count, and so do those who ask within twenty times of what it took.
  base::Result<StoreFigures> read(base::TimePoint now);

private:
  using Clock = std::chrono::steady_clock;

  Reader reader_;
  std::mutex mutex_; // guards what follows; held while it counts
  std::optional<StoreFigures> last_;
  Clock::time_point fresh_until_{};
};

} // namespace postbackd::store::sqlite
