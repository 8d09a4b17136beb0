#pragma once

#include <boost/asio/thread_pool.hpp>

#include <atomic>
#include <functional>
#include <map>

#include "delivery/handler.hpp"
#include "model/circuit.hpp"
#include "store/delivery_store.hpp"

namespace postbackd::delivery
{

// A handler as the configuration describes it.
struct HandlerConfiguration {
  HandlerOptions options;
  model::EventMatch match;
  std::size_t concurrency = 4;
  model::RetryPolicy retry;
  int circuit = 5;       // failures in a row that open it
  bool in_order = false; // strictly one after the other, in the order of the events
};

// What a handler said of a claim.
struct Finished {
  store::Claim claim;
  Outcome outcome;
  base::TimePoint at;
  std::chrono::nanoseconds took{};
  bool interrupted = false; // a retry because we asked it to stop with the daemon
};

// One handler with its threads: a slow one delays only itself. Used by the dispatcher's thread, but for what
// runs.
class Lane
{
public:
  // Loads the document of a claim; on a thread of the lane.
  using Load = std::function<base::Blob(const store::Claim&)>;
  using Finish = std::function<void(Finished)>;

  Lane(HandlerConfiguration configuration, std::unique_ptr<Handler> handler, const base::Clock& clock,
       Load load, Finish finish);

  const HandlerConfiguration& configuration() const { return configuration_; }
  // What its circuit was before a restart.
  void restore(const store::HandlerState& state)
  {
    circuit_.restore(state.open, state.failures, clock_.now());
  }
  // Tells the circuit; what is to be kept of it, if it has changed.
  std::optional<store::HandlerState> note(const Finished& finished, double jitter);

  // How many it could run now.
  store::Want want(base::TimePoint now) const;
  void run(store::Claim claim);
  // Called by the dispatcher for each that has finished.
  void forget(const store::Claim& claim) { running_.erase(claim.delivery); }
  std::size_t running() const { return running_.size(); }

  // Asks those to stop that have run beyond their timeout; or all.
  void stop_late(std::chrono::steady_clock::time_point now);
  void stop_all();

private:
  struct Run {
    std::stop_source stop;
    std::chrono::steady_clock::time_point late;
  };

  Outcome handle(const store::Claim& claim, std::stop_token stop);

  HandlerConfiguration configuration_;
  std::unique_ptr<Handler> handler_;
  const base::Clock& clock_;
  Load load_;
  Finish finish_;
  model::Circuit circuit_;
  std::map<std::int64_t, Run> running_; // by delivery
  std::atomic<bool> ending_ = false;
  boost::asio::thread_pool threads_; // last: they use the others
};

} // namespace postbackd::delivery
