#include "delivery/dispatcher.hpp"

#include <algorithm>
#include <pthread.h>

#include "base/log.hpp"
#include "delivery/judgement.hpp"

namespace postbackd::delivery
{
namespace
{

using store::DeliveryStore;
using Clock = std::chrono::steady_clock;

// Other programs' commits, retries that become due and deadlines are looked for this often.
constexpr std::chrono::milliseconds look_period{250};
constexpr std::chrono::seconds overdue_period{1};
constexpr std::size_t most_events = 500; // of a pass
constexpr std::chrono::seconds last_moments{5};
// While more events come than it can route, routing takes one part of this many of the time: receiving comes
// first.
constexpr int routing_share = 5;

} // namespace

Dispatcher::Dispatcher(const std::vector<HandlerConfiguration>& handlers, const HandlerRegistry& registry,
                       DeliveryStore& store, base::Spool& spool, const base::Clock& clock, Options options)
    : store_(store), spool_(spool), clock_(clock), options_(std::move(options)), lock_(options_.lock),
      first_event_(store.last_event())
{
  for (const HandlerConfiguration& configuration : handlers)
    lanes_.push_back(std::make_unique<Lane>(
        configuration, registry.make(configuration.options), clock_,
        [this](const store::Claim& claim) { return store_.document(claim.event, spool_); },
        [this](Finished f) { finish(std::move(f)); }));
}

Dispatcher::~Dispatcher() { stop(std::chrono::milliseconds(0)); }

void Dispatcher::start()
{
  thread_ = std::thread([this] { work(); });
  pthread_setname_np(thread_.native_handle(), "dispatcher");
}

void Dispatcher::wake()
{
  {
    const std::lock_guard lock(mutex_);
    awake_ = true;
  }
  wake_.notify_one();
}

void Dispatcher::begin_stop()
{
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_one();
}

bool Dispatcher::stop(std::chrono::milliseconds time)
{
  begin_stop();
  if (thread_.joinable()) thread_.join();
  const auto wait = [this](std::chrono::milliseconds most) {
    const auto end = Clock::now() + most;
    while (running() > 0 && Clock::now() < end) {
      {
        std::unique_lock lock(mutex_);
        wake_.wait_for(lock, std::chrono::milliseconds(20), [this] { return !finished_.empty(); });
      }
      try_step();
    }
  };
  wait(time);
  for (const auto& lane : lanes_)
    lane->stop_all();
  wait(last_moments);
  if (opened_) try_step();
  return running() == 0;
}

void Dispatcher::work()
{
  bool standing_by = false;
  for (;;) {
    {
      std::unique_lock lock(mutex_);
      const auto pause =
          std::clamp<Clock::duration>(next_route_ - Clock::now(), std::chrono::milliseconds(1), look_period);
      wake_.wait_for(lock, next_route_ > Clock::now() ? pause : look_period,
                     [this] { return awake_ || stopping_ || !finished_.empty(); });
      if (stopping_) return;
      awake_ = false;
    }
    try {
      if (!open()) {
        if (!std::exchange(standing_by, true))
          base::log::info("standing_by", {{"lock", options_.lock.string()}});
        continue;
      }
    } catch (const std::exception& e) {
      base::log::error("dispatcher", {{"why", e.what()}});
      continue;
    }
    while (try_step()) {
      const std::lock_guard lock(mutex_);
      if (stopping_) return;
    }
    for (const auto& lane : lanes_)
      lane->stop_late(Clock::now());
  }
}

bool Dispatcher::open()
{
  if (opened_) return true;
  if (!lock_.try_take()) return false;
  std::vector<store::HandlerState> handlers;
  for (const auto& lane : lanes_)
    handlers.push_back(
        {lane->configuration().options.name, lane->configuration().options.kind, false, 0, {}});
  for (const store::HandlerState& state : store_.open(handlers, first_event_, clock_.now()))
    lane_of(state.name).restore(state);
  if (options_.on_open) options_.on_open();
  return opened_ = true;
}

// What the store does not take now is tried again.
bool Dispatcher::try_step()
{
  try {
    return step();
  } catch (const std::exception& e) {
    base::log::error("dispatcher", {{"why", e.what()}});
    return false;
  }
}

bool Dispatcher::step()
{
  mark_overdue();
  DeliveryStore::Step step = gather();
  // Until they are recorded: whatever throws from here on loses none of them.
  unrecorded_ = step.reports;
  unsaved_ = step.changed;
  bool stopping = false;
  {
    const std::lock_guard lock(mutex_);
    stopping = stopping_;
  }
  const base::TimePoint now = clock_.now();
  const Clock::time_point start = Clock::now();
  if (!stopping) {
    route(step);
    for (const auto& lane : lanes_)
      if (const store::Want want = lane->want(now); want.most > 0) step.wants.push_back(want);
  }
  if (step.reports.empty() && step.changed.empty() && step.routed == 0 && !store_.has_due(step.wants, now))
    return false;
  std::vector<store::Claim> claims = store_.advance(step, now);
  unrecorded_.clear();
  unsaved_.clear();
  if (step.routed != 0) next_route_ = Clock::now() + (routing_share - 1) * (Clock::now() - start);
  for (store::Claim& claim : claims)
    lane_of(claim.handler).run(std::move(claim));
  return !claims.empty() || !step.reports.empty() || step.routed != 0;
}

// What the handlers have said since the last pass.
DeliveryStore::Step Dispatcher::gather()
{
  DeliveryStore::Step step;
  step.reports = std::move(unrecorded_);
  step.changed = std::move(unsaved_);
  unrecorded_.clear();
  unsaved_.clear();
  std::vector<Finished> finished;
  {
    const std::lock_guard lock(mutex_);
    finished.swap(finished_);
  }
  for (Finished& each : finished) {
    Lane& lane = lane_of(each.claim.handler);
    lane.forget(each.claim);
    if (auto changed = lane.note(each, options_.jitter())) step.changed.push_back(std::move(*changed));
    step.reports.push_back(judge(each, lane.configuration().retry, options_.jitter()));
    if (step.reports.back().state == store::Report::State::dead)
      base::log::warning("delivery_dead", {{"handler", each.claim.handler},
                                           {"delivery", each.claim.delivery},
                                           {"attempts", each.claim.attempt}});
    if (options_.on_attempt) options_.on_attempt(each.claim.handler, step.reports.back().outcome, each.took);
  }
  return step;
}

void Dispatcher::route(DeliveryStore::Step& step)
{
  if (lanes_.empty() || Clock::now() < next_route_) return;
  for (const model::Event& event : store_.new_events(most_events)) {
    step.routed = event.id;
    for (const auto& lane : lanes_) {
      const std::string& name = lane->configuration().options.name;
      if (store_.is_due_to(name, event.id) && lane->configuration().match.wants(event))
        step.deliveries.push_back({event.id, name});
    }
  }
}

void Dispatcher::mark_overdue()
{
  if (Clock::now() < next_overdue_) return;
  next_overdue_ = Clock::now() + overdue_period;
  if (const std::int64_t marked = store_.mark_overdue(clock_.now()); marked > 0)
    base::log::warning("queries_overdue", {{"count", marked}});
}

void Dispatcher::finish(Finished finished)
{
  {
    const std::lock_guard lock(mutex_);
    finished_.push_back(std::move(finished));
  }
  wake_.notify_one();
}

Lane& Dispatcher::lane_of(const std::string& handler)
{
  const auto has_name = [&handler](const auto& lane) {
    return lane->configuration().options.name == handler;
  };
  return **std::find_if(lanes_.begin(), lanes_.end(), has_name);
}

std::size_t Dispatcher::running() const
{
  std::size_t count = 0;
  for (const auto& lane : lanes_)
    count += lane->running();
  return count;
}

} // namespace postbackd::delivery
