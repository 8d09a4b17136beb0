#pragma once

#include <boost/asio/thread_pool.hpp>

#include <atomic>
#include <functional>
#include <map>

#include "base/pace.hpp"
#include "delivery/handler_configuration.hpp"
#include "model/circuit.hpp"
#include "store/delivery_store.hpp"

namespace postbackd::delivery
{

// An attempt of a delivery that has ended.
struct Attempt {
  store::Claim claim;
  Outcome outcome;
  base::TimePoint at;
  std::chrono::nanoseconds took{};
  bool interrupted = false; // a retry because the daemon asked it to stop
  bool probe = false;       // made while the circuit was open
  bool unwanted = false;    // the document has not the values that the handler asks for: it was not called
};

// One handler with its threads and its circuit breaker, so that a slow handler delays only itself. Not
// thread-safe: call it on the dispatcher's thread; handlers run on the pool.
class HandlerRunner
{
public:
  // Loads the document of a claim; called on the pool.
  using Load = std::function<base::Blob(const store::Claim&)>;
  using Finish = std::function<void(Attempt)>;

  HandlerRunner(HandlerConfiguration configuration, std::unique_ptr<Handler> handler,
                const base::Clock& clock, Load load, Finish finish);

  const HandlerConfiguration& configuration() const { return configuration_; }
  // Restores the state from before a restart.
  void restore(const store::HandlerState& state)
  {
    circuit_.restore(state.open, state.failures, clock_.now());
    first_event_ = state.first_event;
  }
  // Lets one delivery at a time try whether the handler can run by now. Returns the state.
  store::HandlerState open_circuit();
  bool is_open() const { return circuit_.open(); }
  // An operator wants it to be tried (store::DeliveryStore::probe_times).
  void probe_from(base::TimePoint time) { circuit_.probe_from(time); }
  // Returns whether the event is for this handler, unless its document has other values than the handler asks
  // for: that is seen when it is loaded, on the pool.
  bool is_for(const model::Event& event) const
  {
    return event.id > first_event_ && event.about != configuration_.options.name &&
           configuration_.match.matches(event);
  }
  // Updates the circuit breaker; returns its state if it has changed.
  std::optional<store::HandlerState> note(const Attempt& attempt, double jitter);

  // Returns how many deliveries it could run now.
  store::Capacity capacity(base::TimePoint now);
  void run(store::Claim claim);
  // Must be called for each attempt that has finished.
  void forget(const Attempt& attempt);
  std::size_t running() const { return running_.size(); }

  // Ask deliveries to stop: those that ignore their timeout, or all.
  void stop_late(std::chrono::steady_clock::time_point now);
  void stop_all();

private:
  struct Run {
    std::stop_source stop;
    std::chrono::steady_clock::time_point late;
  };

  store::HandlerState state() const;
  Outcome handle(const store::Claim& claim, std::stop_token stop, bool& unwanted);
  bool wants(const base::Blob& document) const;

  HandlerConfiguration configuration_;
  std::unique_ptr<Handler> handler_;
  const base::Clock& clock_;
  Load load_;
  Finish finish_;
  model::Circuit circuit_;
  std::optional<base::Pace> pace_;
  std::map<std::int64_t, Run> running_; // by delivery
  std::int64_t first_event_ = 0;
  std::atomic<bool> ending_ = false;
  boost::asio::thread_pool threads_; // last: its threads use the other members
};

} // namespace postbackd::delivery
