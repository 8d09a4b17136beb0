#pragma once

#include <optional>

#include "sql/reader.hpp"
#include "store/postback_store.hpp"
#include "store/tables/common/engine.hpp"
#include "store/tables/common/names.hpp"

namespace postbackd::store::tables
{

// Counts what is in the file, on a connection of its own. Thread-safe.
class Figures
{
public:
  explicit Figures(Engine& engine) : engine_(engine), reader_(engine.open_reader()) {}

  // Returns all figures that are in the file; leaves `queued` and `journal_bytes` 0. Those who ask at once
  // share one count, and so do those who ask within twenty times of what it took.
  base::Result<StoreFigures> read(base::TimePoint now);

private:
  using Clock = std::chrono::steady_clock;

  Engine& engine_;
  Reader reader_;
  std::mutex mutex_; // guards what follows; held while it counts
  std::optional<StoreFigures> last_;
  Clock::time_point fresh_until_{};
};

} // namespace postbackd::store::tables
