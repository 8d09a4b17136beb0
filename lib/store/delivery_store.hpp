#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/blob.hpp"
#include "base/clock.hpp"
#include "model/event.hpp"

namespace postbackd::store
{

// An event that a handler is to be given.
struct NewDelivery {
  std::int64_t event;
  std::string handler;
};

// A delivery that has been claimed: it is running until it is reported.
struct Claim {
  std::int64_t delivery = 0;
  std::string handler;
  std::string key; // idempotency key: the same for each attempt
  int attempt = 0; // from 1, over its whole life
  int counted = 0; // of them, those that count against the retry policy
  model::Event event;
};

// What became of a claim.
struct Report {
  enum class State { done, due, dead };
  std::int64_t delivery = 0;
  int attempt = 0;
  State state = State::done;
  std::string outcome;      // done, retry, dead
  std::string detail;       // for people
  bool interrupted = false; // by our own end: the attempt does not count
  base::TimePoint finished_at;
  base::TimePoint next_attempt_at; // when due
};

// How many deliveries a handler could run now.
struct Want {
  std::string handler;
  std::size_t most;
  bool in_order; // the oldest open one or none
};

struct HandlerState {
  std::string name;
  std::string kind;
  bool open = false; // its circuit
  int failures = 0;
  base::TimePoint open_until;
};

// Events, deliveries and attempts, for the dispatcher. Blocking; but for document(), one thread. Everything
// throws base::Failure when the store cannot do it now; then nothing has happened.
class DeliveryStore
{
public:
  virtual ~DeliveryStore() = default;

  // The newest event, 0: none.
  virtual std::int64_t last_event() = 0;
  // Before all else: makes the handlers known (one that is new, or back, gets the events behind `after`), and
  // makes deliveries due again that a crash has left running. The state of each as it was.
  virtual std::vector<HandlerState> open(const std::vector<HandlerState>& handlers, std::int64_t after,
                                         base::TimePoint now) = 0;

  // Events that have no deliveries yet, in order.
  virtual std::vector<model::Event> new_events(std::size_t most) = 0;
  // Whether the event is one that came after the handler was first known.
  virtual bool is_due_to(const std::string& handler, std::int64_t event) const = 0;
  // Whether claim() would find something.
  virtual bool has_due(const std::vector<Want>& wants, base::TimePoint now) = 0;

  // One transaction: reports, new deliveries up to the event `routed` (0: none), and claims.
  struct Step {
    std::vector<Report> reports;
    std::vector<NewDelivery> deliveries;
    std::int64_t routed = 0;
    std::vector<Want> wants;
    std::vector<HandlerState> changed;
  };
  virtual std::vector<Claim> advance(const Step& step, base::TimePoint now) = 0;

  // Makes queries past their deadline overdue, with an event for each. How many.
  virtual std::int64_t mark_overdue(base::TimePoint now) = 0;

  // The JSON of the event; of an overdue query, what is known of it. Thread-safe.
  virtual base::Blob document(const model::Event& event, base::Spool& spool) = 0;
};

} // namespace postbackd::store
