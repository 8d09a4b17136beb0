#include "http/recent_refusals.hpp"

#include <algorithm>
#include <numeric>

#include "base/ascii.hpp"

namespace postbackd::http
{
namespace
{

constexpr std::size_t most_senders = 300;
constexpr std::size_t longest_text = 100;

std::int64_t minute_of(base::TimePoint time)
{
  return std::chrono::floor<std::chrono::minutes>(time.time_since_epoch()).count();
}

} // namespace

void RecentRefusals::Counts::move_to(std::int64_t now)
{
  constexpr auto minutes = static_cast<std::int64_t>(window.count());
  if (now < minute) minute = now; // the clock went back
  for (std::int64_t next = std::max(minute + 1, now - minutes + 1); next <= now; ++next)
    by_minute[static_cast<std::size_t>(next % minutes)] = 0;
  minute = now;
}

std::uint64_t RecentRefusals::Counts::sum() const
{
  return std::accumulate(by_minute.begin(), by_minute.end(), std::uint64_t{0});
}

void RecentRefusals::add(std::string_view reason, std::string_view remote, std::string_view path,
                         base::TimePoint now)
{
  const std::lock_guard lock(mutex_);
  Key key{reason, remote.substr(0, longest_text), path.substr(0, longest_text)};
  if (counts_.size() >= most_senders && !counts_.contains(key)) key = {std::string(reason), "", ""};
  Counts& counts = counts_[key];
  counts.move_to(minute_of(now));
  ++counts.by_minute[static_cast<std::size_t>(counts.minute % window.count())];
  ++counts.unsaved;
  counts.last = now;
}

std::vector<RecentRefusals::Entry> RecentRefusals::recent(base::TimePoint now) const
{
  const std::lock_guard lock(mutex_);
  std::vector<Entry> entries;
  for (const auto& [key, counts] : counts_) {
    Counts moved = counts;
    moved.move_to(minute_of(now));
    const auto& [reason, remote, path] = key;
    if (const std::uint64_t sum = moved.sum(); sum > 0)
      entries.push_back({reason, remote, path, sum, counts.last});
  }
  std::sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) { return a.last > b.last; });
  return entries;
}

std::vector<RecentRefusals::Entry> RecentRefusals::take_new(base::TimePoint now)
{
  const std::lock_guard lock(mutex_);
  std::vector<Entry> entries;
  for (auto next = counts_.begin(); next != counts_.end();) {
    auto& [key, counts] = *next;
    const auto& [reason, remote, path] = key;
    if (counts.unsaved > 0)
      entries.push_back({reason, remote, path, std::exchange(counts.unsaved, 0), counts.last});
    counts.move_to(minute_of(now));
    next = counts.sum() == 0 ? counts_.erase(next) : std::next(next);
  }
  return entries;
}

} // namespace postbackd::http
