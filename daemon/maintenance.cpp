#include "maintenance.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/log.hpp"
#include "base/spawn.hpp"
#include "text/time.hpp"

namespace postbackd
{
namespace
{

constexpr std::chrono::seconds overdue_period{1};
constexpr std::chrono::milliseconds groups_period{250};
constexpr std::chrono::hours retention_period{1};
// Somebody waits for it, and it costs a look at one row.
constexpr std::chrono::milliseconds erasure_period{100};
constexpr std::chrono::seconds failure_pause{1};  // after a failure: each one is logged
constexpr std::chrono::seconds orphans_period{1}; // it costs nothing while there are none
// Polled, because the end of a delivery or a query calls nothing; and a crash loses nothing.
constexpr std::chrono::milliseconds objects_period{200};
// Limits the load: checking many open objects takes long.
constexpr int objects_share = 20;

constexpr std::array words_of_kinds{"bodies", "queries", "deliveries", "objects", "app_events", "audit"};

} // namespace

namespace asio = boost::asio;

void Maintenance::start()
{
  const auto begin = [this](const char* name, Task task, std::chrono::milliseconds period, int share) {
    base::spawn(io_.get_executor(), name, repeat(task, period, share));
  };
  begin("mark_overdue", &Maintenance::mark_overdue, overdue_period, 1);
  begin("end_groups", &Maintenance::end_groups, groups_period, 1);
  begin("remove_old", &Maintenance::remove_old, retention_period, 1);
  begin("remove_orphans", &Maintenance::remove_orphans, orphans_period, 1);
  begin("complete_erasure", &Maintenance::complete_erasure, erasure_period, 1);
  if (fixed_.fanbase) begin("advance_objects", &Maintenance::advance_objects, objects_period, objects_share);
}

void Maintenance::begin_stop()
{
  stopping_ = true;
  asio::post(io_, [this] {
    for (asio::steady_timer& timer : timers_)
      timer.cancel();
  });
}

asio::awaitable<void> Maintenance::repeat(Task task, std::chrono::milliseconds period, int share)
{
  while (!stopping_) {
    const auto start = std::chrono::steady_clock::now();
    co_await (this->*task)();
    const auto took = std::chrono::steady_clock::now() - start;
    const auto rest = std::chrono::duration_cast<std::chrono::milliseconds>((share - 1) * took);
    co_await pause(std::max(period, rest));
  }
}

asio::awaitable<void> Maintenance::pause(std::chrono::milliseconds time)
{
  if (stopping_) co_return; // a stop while the task ran cancelled no timer
  const auto timer = timers_.emplace(timers_.end(), io_);
  timer->expires_after(time);
  boost::system::error_code ignored;
  co_await timer->async_wait(asio::redirect_error(asio::use_awaitable, ignored));
  timers_.erase(timer);
}

asio::awaitable<void> Maintenance::mark_overdue()
{
  std::function<base::Result<std::int64_t>()> mark = [this] {
    return store_.upkeep().mark_overdue(clock_.now());
  };
  const base::Result<std::int64_t> marked = co_await base::run_on(background_, std::move(mark));
  if (!marked)
    base::log::error("not_marked", {{"why", marked.error().message}});
  else if (*marked > 0)
    base::log::warning("queries_overdue", {{"count", *marked}});
}

asio::awaitable<void> Maintenance::end_groups()
{
  std::function<base::Result<std::int64_t>()> end = [this] {
    return store_.upkeep().end_groups(clock_.now());
  };
  const base::Result<std::int64_t> ended = co_await base::run_on(background_, std::move(end));
  if (!ended) {
    base::log::error("groups_not_ended",
                     {{"why", ended.error().message}, {"what", "tried again in a second"}});
    co_await pause(failure_pause);
  }
}

asio::awaitable<void> Maintenance::remove_orphans()
{
  co_await store_.upkeep().remove_orphans(std::chrono::steady_clock::now());
}

asio::awaitable<void> Maintenance::complete_erasure()
{
  std::function<base::Result<bool>()> complete = [this] { return store_.upkeep().complete_erasure(); };
  const base::Result<bool> completed = co_await base::run_on(background_, std::move(complete));
  if (!completed) {
    base::log::error("not_erased", {{"why", completed.error().message}, {"what", "tried again in a second"}});
    co_await pause(failure_pause);
  } else if (*completed) {
    base::log::info("erased", {{"what", "no file of the store has what postbackctl has erased"}});
  }
}

asio::awaitable<void> Maintenance::advance_objects()
{
  std::function<bool()> advance = [this] {
    try {
      store_.fanbase().advance_objects(!fixed_.handlers.empty(), clock_.now());
      return true;
    } catch (const std::exception& e) {
      base::log::error("objects_not_advanced", {{"why", e.what()}, {"what", "tried again in a second"}});
      return false;
    }
  };
  const bool advanced = co_await base::run_on(background_, std::move(advance));
  if (!advanced) co_await pause(failure_pause);
}

asio::awaitable<void> Maintenance::remove_old()
{
  const base::TimePoint now = clock_.now();
  const bool believed = co_await believes_clock(now);
  const auto live = live_.get();
  // Without an age, this only gives back free pages.
  const auto age = believed ? live->keep_postbacks : std::nullopt;
  const base::TimePoint time = age ? now - *age : base::TimePoint();
  const base::Result<std::int64_t> removed = co_await store_.upkeep().remove_before(time, stopping_);
  if (!removed)
    base::log::error("not_removed", {{"why", removed.error().message}});
  else if (*removed > 0)
    base::log::info("removed", {{"postbacks", *removed}, {"before", text::format_time(time)}});
  if (!believed) co_return;
  for (const auto& [kind, keep] : live->keep_others)
    co_await remove_kind(kind, now - keep, now);
  if (const auto audit = fixed_.api.audit) co_await remove_kind(store::OldKind::audit, now - *audit, now);
}

asio::awaitable<void> Maintenance::remove_kind(store::OldKind kind, base::TimePoint before,
                                               base::TimePoint now)
{
  const base::Result<std::int64_t> removed =
      co_await store_.upkeep().remove_old(kind, before, now, stopping_);
  if (!removed)
    base::log::error("not_removed", {{"why", removed.error().message}});
  else if (*removed > 0)
    base::log::info("removed", {{words_of_kinds.at(static_cast<std::size_t>(kind)), *removed},
                                {"before", text::format_time(before)}});
}

asio::awaitable<bool> Maintenance::believes_clock(base::TimePoint now)
{
  std::function<base::Result<std::optional<base::TimePoint>>()> look = [this] {
    return store_.upkeep().last_seen();
  };
  const base::Result<std::optional<base::TimePoint>> seen =
      co_await base::run_on(background_, std::move(look));
  if (!seen) {
    base::log::error("not_removed", {{"why", seen.error().message}});
    co_return false;
  }
  if (!witness_.believes(now, *seen, std::chrono::steady_clock::now())) {
    if (live_.get()->keep_postbacks || !live_.get()->keep_others.empty())
      base::log::warning(
          "retention_waits",
          {{"now", text::format_time(now)},
           {"last_seen", text::format_time(seen->value_or(now))},
           {"what", "nothing is deleted: the clock is more than a day ahead of the store. Correct the "
                    "clock; if it is right, retention goes on once this process has run for a day"}});
    co_return false;
  }
  co_await store_.upkeep().note_time(now);
  co_return true;
}

std::vector<std::pair<std::string, std::string>> keep_of(const Reloadable& live)
{
  const auto text = [](std::chrono::milliseconds age) {
    return fmt::format("{}d", std::chrono::floor<std::chrono::days>(age).count());
  };
  std::vector<std::pair<std::string, std::string>> ages;
  if (live.keep_postbacks) ages.emplace_back("postbacks", text(*live.keep_postbacks));
  for (const auto& [kind, age] : live.keep_others)
    ages.emplace_back(words_of_kinds.at(static_cast<std::size_t>(kind)), text(age));
  return ages;
}

} // namespace postbackd
