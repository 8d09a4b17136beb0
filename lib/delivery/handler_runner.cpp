#include "delivery/handler_runner.hpp"

#include <boost/asio/post.hpp>

#include "base/log.hpp"
#include "model/trace_context.hpp"
#include "text/json_pointer.hpp"

namespace postbackd::delivery
{
namespace
{

// Handlers enforce their timeout themselves; this is for one that does not.
constexpr std::chrono::seconds grace{5};
// Deliveries of so many seconds may begin at once. The dispatcher looks so often.
constexpr double saved = 0.5;
constexpr double look = 0.25;

Delivery delivery_of(const store::Claim& claim, base::Blob document)
{
  const model::Event& event = claim.event;
  const model::TraceContext trace = model::TraceContext::of_text(event.trace);
  return {std::string(model::to_text(event.kind)),
          event.own_id,
          event.query_id,
          event.label,
          event.key,
          event.metadata,
          event.group,
          event.api,
          event.datasets,
          event.status,
          event.receipt,
          event.route,
          std::move(document),
          claim.key,
          claim.attempt,
          claim.handler,
          claim.replayed,
          trace.parent,
          trace.state};
}

} // namespace

HandlerRunner::HandlerRunner(HandlerConfiguration configuration, std::unique_ptr<Handler> handler,
                             const base::Clock& clock, Load load, Finish finish)
    : configuration_(std::move(configuration)), handler_(std::move(handler)), clock_(clock),
      load_(std::move(load)), finish_(std::move(finish)),
      circuit_(configuration_.circuit, configuration_.retry),
      threads_(configuration_.in_order ? 1 : configuration_.concurrency)
{
  if (configuration_.rate > 0) pace_.emplace(configuration_.rate, saved, look);
}

store::Capacity HandlerRunner::capacity(base::TimePoint now)
{
  const std::size_t most = configuration_.in_order ? 1 : configuration_.concurrency;
  std::size_t free = most - std::min(most, running_.size());
  if (pace_) free = std::min(free, pace_->allowed());
  return {configuration_.options.name, circuit_.allowed(free, running_.size(), now), configuration_.in_order};
}

void HandlerRunner::run(store::Claim claim)
{
  if (pace_) pace_->take(1);
  Run& run = running_[claim.delivery];
  run.late = std::chrono::steady_clock::now() + configuration_.options.timeout + grace;
  const bool probe = circuit_.open();
  boost::asio::post(threads_, [this, probe, claim = std::move(claim), stop = run.stop.get_token()]() mutable {
    const auto start = std::chrono::steady_clock::now();
    bool unwanted = false;
    Outcome outcome = handle(claim, stop, unwanted);
    const bool interrupted = ending_ && stop.stop_requested() && outcome.kind == Outcome::Kind::retry;
    finish_({std::move(claim), std::move(outcome), clock_.now(), std::chrono::steady_clock::now() - start,
             interrupted, probe, unwanted});
  });
}

void HandlerRunner::forget(const Attempt& attempt)
{
  running_.erase(attempt.claim.delivery);
  if (attempt.unwanted && pace_) pace_->give_back(1);
}

bool HandlerRunner::wants(const base::Blob& document) const
{
  const model::EventMatch& match = configuration_.match;
  std::set<std::string> pointers;
  for (const auto& [pointer, values] : match.values)
    pointers.insert(pointer);
  return pointers.empty() || match.matches_values(text::values_at(document, pointers));
}

Outcome HandlerRunner::handle(const store::Claim& claim, std::stop_token stop, bool& unwanted)
{
  try {
    base::Blob document = load_(claim);
    unwanted = !wants(document);
    if (unwanted) return Outcome::done();
    return handler_->handle(delivery_of(claim, std::move(document)), std::move(stop));
  } catch (const base::Failure& failure) {
    const bool gone = failure.error().code == base::Errc::not_found;
    return (gone ? Outcome::dead("it cannot be done") : Outcome::retry("it failed")).with(failure.what());
  } catch (const std::exception& e) {
    return Outcome::retry("the handler threw").with(e.what());
  } catch (...) {
    return Outcome::retry("the handler threw something that is not a std::exception");
  }
}

std::optional<store::HandlerState> HandlerRunner::note(const Attempt& attempt, double jitter)
{
  if (attempt.interrupted) return std::nullopt;
  const bool was_open = circuit_.open();
  bool changed = false;
  // A handler that rejects a delivery for good is reachable: close the circuit.
  if (attempt.outcome.kind == Outcome::Kind::done ||
      (attempt.outcome.kind == Outcome::Kind::dead && was_open))
    changed = circuit_.succeed();
  if (attempt.outcome.kind == Outcome::Kind::retry) changed = circuit_.fail(attempt.at, jitter);
  if (!changed) return std::nullopt;
  const std::string& name = configuration_.options.name;
  if (circuit_.open() && !was_open)
    base::log::warning("circuit_open",
                       {{"handler", name}, {"failures", circuit_.failures()}, {"why", attempt.outcome.why}});
  if (!circuit_.open() && was_open) base::log::info("circuit_closed", {{"handler", name}});
  return state();
}

store::HandlerState HandlerRunner::open_circuit()
{
  circuit_.restore(true, std::max(circuit_.failures(), configuration_.circuit), clock_.now());
  return state();
}

store::HandlerState HandlerRunner::state() const
{
  const HandlerOptions& options = configuration_.options;
  return {options.name,        options.kind,          circuit_.open(),
          circuit_.failures(), circuit_.open_until(), first_event_};
}

void HandlerRunner::stop_late(std::chrono::steady_clock::time_point now)
{
  for (auto& [delivery, run] : running_)
    if (now >= run.late) run.stop.request_stop();
}

void HandlerRunner::stop_all()
{
  ending_ = true;
  for (auto& [delivery, run] : running_)
    run.stop.request_stop();
}

} // namespace postbackd::delivery
