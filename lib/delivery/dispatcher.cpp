#include "delivery/dispatcher.hpp"

#include <algorithm>
#include <pthread.h>

#include "base/log.hpp"
#include "delivery/attempt_report.hpp"
#include "delivery/operator_probes.hpp"

namespace postbackd::delivery
{
namespace
{

using store::DeliveryStore;
using Clock = std::chrono::steady_clock;

// How often to look for other programs' commits and for due retries.
constexpr std::chrono::milliseconds look_period{250};
constexpr std::size_t most_events = 500; // in one pass
constexpr std::chrono::seconds last_moments{5};
// Under a backlog, routing gets at most one part in this many of the time: receiving comes first.
constexpr int routing_share = 5;

} // namespace

Dispatcher::Dispatcher(const std::vector<HandlerConfiguration>& handlers, const HandlerRegistry& registry,
                       DeliveryStore& store, base::Spool& spool, const base::Clock& clock, Options options)
    : store_(store), spool_(spool), clock_(clock), options_(std::move(options)),
      first_event_(store.last_event())
{
  for (const HandlerConfiguration& configuration : handlers)
    runners_.push_back(std::make_unique<HandlerRunner>(
        configuration, make_or_stand_in(registry, configuration.options, absent_), clock_,
        [this](const store::Claim& claim) { return store_.document(claim.event, spool_); },
        [this](Attempt f) { finish(std::move(f)); }));
}

Dispatcher::~Dispatcher() { stop(Clock::now()); }

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

bool Dispatcher::stop(base::Deadline deadline)
{
  begin_stop();
  if (thread_.joinable()) thread_.join();
  wait_for_attempts(deadline);
  for (const auto& runner : runners_)
    runner->stop_all();
  wait_for_attempts(Clock::now() + last_moments);
  if (opened_) try_step();
  return running() == 0;
}

void Dispatcher::wait_for_attempts(base::Deadline deadline)
{
  while (running() > 0 && Clock::now() < deadline) {
    {
      std::unique_lock lock(mutex_);
      wake_.wait_for(lock, std::chrono::milliseconds(20), [this] { return !finished_.empty(); });
    }
    try_step();
  }
}

void Dispatcher::work()
{
  while (wait_for_work()) {
    while (try_step()) {
      const std::lock_guard lock(mutex_);
      if (stopping_) return;
    }
    for (const auto& runner : runners_)
      runner->stop_late(Clock::now());
  }
}

// Returns false when the dispatcher must stop.
bool Dispatcher::wait_for_work()
{
  std::unique_lock lock(mutex_);
  const auto until_routing = next_route_ - options_.ticks();
  const auto pause =
      until_routing > Clock::duration(0)
          ? std::clamp<Clock::duration>(until_routing, std::chrono::milliseconds(1), look_period)
          : Clock::duration(look_period);
  wake_.wait_for(lock, pause, [this] { return awake_ || stopping_ || !finished_.empty(); });
  awake_ = false;
  return !stopping_;
}

void Dispatcher::open()
{
  std::vector<store::HandlerState> handlers;
  for (const auto& runner : runners_)
    handlers.push_back(
        {runner->configuration().options.name, runner->configuration().options.kind, false, 0, {}, 0});
  const DeliveryStore::Opened opened = store_.open(handlers, first_event_, clock_.now());
  const auto unusable = this->unusable();
  for (const store::HandlerState& state : opened.handlers) {
    HandlerRunner& runner = runner_of(state.name);
    runner.restore(state);
    if (unusable.contains(state.name)) unsaved_.push_back(runner.open_circuit());
  }
  routed_ = opened.routed;
  opened_ = true;
}

// Opens, or makes one pass. After a failure of the store, the next pass tries again.
bool Dispatcher::try_step()
{
  try {
    if (opened_) return step();
    open();
    return true;
  } catch (const std::exception& e) {
    base::log::error("dispatcher", {{"why", e.what()}});
    return false;
  }
}

bool Dispatcher::step()
{
  DeliveryStore::Step step = gather();
  // Kept until they are recorded, so that an exception loses none of them.
  unrecorded_ = step.reports;
  unsaved_ = step.changed;
  bool stopping = false;
  {
    const std::lock_guard lock(mutex_);
    stopping = stopping_;
  }
  const base::TimePoint now = clock_.now();
  const Clock::time_point start = options_.ticks();
  if (!stopping) {
    route(step);
    if (step.changed.empty()) heed_operators(runners_, store_); // else it is not saved yet
    for (const auto& runner : runners_)
      if (const store::Capacity capacity = runner->capacity(now); capacity.most > 0)
        step.capacities.push_back(capacity);
  }
  if (step.reports.empty() && step.changed.empty() && step.routed == 0 &&
      !store_.has_due(step.capacities, now))
    return false;
  std::vector<store::Claim> claims = store_.advance(step, now);
  unrecorded_.clear();
  unsaved_.clear();
  routed_ = std::max(routed_, step.routed);
  if (step.routed != 0) next_route_ = start + routing_share * (options_.ticks() - start);
  for (store::Claim& claim : claims)
    runner_of(claim.handler).run(std::move(claim));
  return !claims.empty() || !step.reports.empty() || step.routed != 0;
}

// Collects the attempts that ended since the last pass.
DeliveryStore::Step Dispatcher::gather()
{
  DeliveryStore::Step step;
  step.reports = std::move(unrecorded_);
  step.changed = std::move(unsaved_);
  unrecorded_.clear();
  unsaved_.clear();
  std::vector<Attempt> finished;
  {
    const std::lock_guard lock(mutex_);
    finished.swap(finished_);
  }
  for (const Attempt& attempt : finished)
    add_attempt(attempt, step);
  return step;
}

void Dispatcher::add_attempt(const Attempt& attempt, DeliveryStore::Step& step)
{
  const store::Claim& claim = attempt.claim;
  HandlerRunner& runner = runner_of(claim.handler);
  runner.forget(attempt);
  if (attempt.unwanted) return step.reports.push_back(unwanted_report_of(attempt));
  if (auto changed = runner.note(attempt, options_.jitter())) step.changed.push_back(std::move(*changed));
  step.reports.push_back(report_of(attempt, runner.configuration().retry, options_.jitter()));
  if (step.reports.back().state == model::DeliveryState::dead) tell_dead(attempt);
  if (options_.on_attempt) options_.on_attempt(claim.handler, step.reports.back(), attempt.took);
}

void Dispatcher::route(DeliveryStore::Step& step)
{
  if (runners_.empty() || options_.ticks() < next_route_) return;
  routed_ = std::max(routed_, store_.routed()); // another process may have made them
  for (const model::Event& event : store_.events_after(routed_, most_events)) {
    step.routed = event.id;
    for (const auto& runner : runners_)
      if (runner->is_for(event)) step.deliveries.push_back({event.id, runner->configuration().options.name});
  }
}

void Dispatcher::finish(Attempt attempt)
{
  const std::lock_guard lock(mutex_);
  finished_.push_back(std::move(attempt));
  wake_.notify_one();
}

HandlerRunner& Dispatcher::runner_of(const std::string& handler)
{
  const auto has_name = [&handler](const auto& runner) {
    return runner->configuration().options.name == handler;
  };
  return **std::find_if(runners_.begin(), runners_.end(), has_name);
}

std::size_t Dispatcher::running() const
{
  std::size_t count = 0;
  for (const auto& runner : runners_)
    count += runner->running();
  return count;
}

} // namespace postbackd::delivery
