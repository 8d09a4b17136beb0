#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/blob.hpp"
#include "base/clock.hpp"
#include "model/delivery.hpp"
#include "model/event.hpp"

namespace postbackd::store
{

// An event that a handler will be given.
struct NewDelivery {
  std::int64_t event;
  std::string handler;
};

// A delivery that is running until it is reported.
struct Claim {
  std::int64_t delivery = 0;
  std::string handler;
  std::string key;       // idempotency key: the same for each attempt
  int attempt = 0;       // from 1, over its whole life
  int counted = 0;       // how many of them count against the retry policy
  bool replayed = false; // an operator wants it once more
  model::Event event;
};

// The outcome of a claim.
struct DeliveryReport {
  std::int64_t delivery = 0;
  int attempt = 0;
  model::DeliveryState state = model::DeliveryState::done; // done, due or dead
  model::AttemptOutcome outcome = model::AttemptOutcome::done;
  std::string detail;    // for people
  std::string message;   // the handler's words for the requester
  bool forgiven = false; // the attempt does not count: our shutdown ended it, or it was a probe
  bool unwanted = false; // the handler was not called: it is deleted, or done if it has run before
  base::TimePoint finished_at;
  base::TimePoint next_attempt_at; // when due
};

// The number of deliveries that a handler could run now.
struct Capacity {
  std::string handler;
  std::size_t most;
  bool in_order; // only the oldest open delivery may run
};

// The stored state of a handler.
struct HandlerState {
  std::string name;
  std::string kind;
  bool open = false; // its circuit breaker
  int failures = 0;
  base::TimePoint open_until;
  std::int64_t first_event = 0; // it gets only later events
};

// Events, deliveries and attempts, for the dispatcher. Blocking; one thread, except document(). Every
// function throws base::Failure when the store cannot do it now; then nothing has happened.
class DeliveryStore
{
public:
  virtual ~DeliveryStore() = default;

  // Returns the newest event, or 0 if there is none.
  virtual std::int64_t last_event() = 0;

  // Call first. Registers the handlers (one that is new, or back, is given the events after `after`), makes
  // deliveries due again that a crash left running, and returns what is stored of each handler.
  struct Opened {
    std::vector<HandlerState> handlers;
    std::int64_t routed; // the last event that has its deliveries, or that no handler waits for
  };
  virtual Opened open(const std::vector<HandlerState>& handlers, std::int64_t after, base::TimePoint now) = 0;

  // Returns the last event that has its deliveries, whichever process has made them.
  virtual std::int64_t routed() = 0;

  // Returns up to `most` events after this one, in order. Numbers become visible in their order: whoever
  // reads on after the last one that he has seen misses none, whatever commits late. There may be gaps.
  virtual std::vector<model::Event> events_after(std::int64_t event, std::size_t most) = 0;
  // Returns whether a claim would find something.
  virtual bool has_due(const std::vector<Capacity>& capacities, base::TimePoint now) = 0;

  // Returns when each open circuit may be probed, by the names of the handlers: an operator's retry makes it
  // earlier than the dispatcher has saved.
  virtual std::map<std::string, base::TimePoint> probe_times() = 0;

  // The work of one transaction: reports, new deliveries of the events up to `routed` (0: none), and claims.
  struct Step {
    std::vector<DeliveryReport> reports;
    std::vector<NewDelivery> deliveries;
    std::int64_t routed = 0;
    std::vector<Capacity> capacities;
    std::vector<HandlerState> changed;
  };
  virtual std::vector<Claim> advance(const Step& step, base::TimePoint now) = 0;

  // Returns the event's JSON; for an overdue query, what is known of it. Throws base::Failure `not_found` if
  // it has been deleted. Thread-safe.
  virtual base::Blob document(const model::Event& event, base::Spool& spool) = 0;
};

} // namespace postbackd::store
