#include "admin/history.hpp"

#include <algorithm>

#include "text/json.hpp"
#include "text/time.hpp"

namespace postbackd::admin
{
namespace
{

// The number of the step whose end is nearest: a note may come a little late, or early.
std::int64_t ended_step(base::TimePoint now)
{
  return (now.time_since_epoch() - History::step / 2) / History::step;
}

} // namespace

void History::note(const Totals& totals, std::chrono::nanoseconds slowest_commit, base::TimePoint now)
{
  const std::lock_guard lock(mutex_);
  const std::int64_t number = ended_step(now);
  Step& ended = ring_[static_cast<std::size_t>(number) % steps];
  if (ended.number != number) ended = {.number = number, .done = {}, .slowest_commit = {}};
  ended.done.received += totals.received - before_.received;
  ended.done.repeats += totals.repeats - before_.repeats;
  ended.done.refused += totals.refused - before_.refused;
  ended.done.delivered += totals.delivered - before_.delivered;
  ended.done.failed += totals.failed - before_.failed;
  ended.slowest_commit = std::max(ended.slowest_commit, slowest_commit);
  before_ = totals;
}

std::string History::json(std::chrono::seconds time, base::TimePoint now) const
{
  const std::lock_guard lock(mutex_);
  const std::int64_t last = now.time_since_epoch() / step - 1; // the newest whose end has come
  const std::int64_t first = last + 1 - std::min<std::int64_t>(time / step, steps);
  text::JsonWriter writer;
  const auto column = [&](const char* name, auto value) {
    writer.key(name).begin_array();
    for (std::int64_t number = first; number <= last; ++number) {
      const Step& one = ring_[static_cast<std::size_t>(number) % steps];
      writer.number(one.number == number ? static_cast<std::int64_t>(value(one)) : 0);
    }
    writer.end_array();
  };
  writer.begin_object().key("step_seconds").number(step.count());
  writer.key("from").string(text::format_time(base::TimePoint(first * step)));
  column("received", [](const Step& one) { return one.done.received; });
  column("repeats", [](const Step& one) { return one.done.repeats; });
  column("refused", [](const Step& one) { return one.done.refused; });
  column("delivered", [](const Step& one) { return one.done.delivered; });
  column("failed", [](const Step& one) { return one.done.failed; });
  column("slowest_commit_us",
         [](const Step& one) { return one.slowest_commit / std::chrono::microseconds(1); });
  return std::string(writer.end_object().text());
}

} // namespace postbackd::admin
