#include "store/delivery_control.hpp"

namespace postbackd::store
{
namespace
{

constexpr std::size_t rows_of_a_step = 200;

} // namespace

std::int64_t apply_to_all(DeliveryControl& control, DeliveryAction action, const DeliveryFilter& filter,
                          const std::string& reason, bool dry_run, const base::Clock& clock,
                          const Progress& progress)
{
  if (dry_run) return control.count(action, filter);
  std::int64_t done = 0;
  std::optional<std::int64_t> last = 0;
  while (last) {
    const DeliveryControl::Applied applied =
        control.apply(action, filter, reason, *last, rows_of_a_step, clock.now());
    done += applied.changed;
    last = applied.last;
    if (progress) progress(done);
  }
  return done;
}

std::int64_t replay_since(DeliveryControl& control, const std::string& handler,
                          const model::EventMatch& match, base::TimePoint since, bool dry_run,
                          const base::Clock& clock, const Progress& progress)
{
  std::int64_t done = 0;
  std::int64_t last = 0;
  for (auto events = control.past_events(since, last, rows_of_a_step); !events.empty();
       events = control.past_events(since, last, rows_of_a_step)) {
    last = events.back().id;
    std::vector<std::int64_t> matching;
    for (const model::Event& event : events)
      if (match.matches(event)) matching.push_back(event.id);
    done += control.replay(handler, matching, dry_run, clock.now());
    if (progress) progress(done);
  }
  return done;
}

} // namespace postbackd::store
