#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "model/delivery.hpp"
#include "model/event.hpp"
#include "model/postback.hpp"

namespace postbackd::store
{

struct DeliveryRecord {
  std::int64_t id = 0;
  std::string handler;
  model::EventKind event = model::EventKind::result;
  std::optional<model::Receipt> receipt;
  std::string own_id; // names the query; absent texts are empty
  std::string query_id;
  std::string label;
  model::DeliveryState state = model::DeliveryState::due;
  int attempts = 0;
  std::optional<base::TimePoint> next_attempt_at;
  std::string last_error;
  base::TimePoint created_at;
  std::optional<base::TimePoint> done_at;
  std::string idempotency_key;
  std::optional<base::TimePoint> dismissed_at; // by an operator, who gave it up or knows its end
  std::string reason;
};

struct HandlerRecord {
  std::string name;
  std::string kind;
  bool open = false; // its circuit breaker
  int failures = 0;
  std::optional<base::TimePoint> open_until;
  std::int64_t backlog = 0;
  std::optional<base::TimePoint> oldest_at;
  bool active = true;
};

// Selects deliveries; an absent field matches all. What an operator has dismissed is dead only for who names
// it or its query.
struct DeliveryFilter {
  std::optional<std::int64_t> id;
  std::optional<std::string> handler;
  std::optional<model::DeliveryState> state;
  std::optional<std::string> query;          // its correlation or QueryId
  std::optional<std::int64_t> before;        // ids below
  std::optional<base::TimePoint> older_than; // made before
};

enum class DeliveryAction {
  retry,   // due or dead: due now, with all attempts available again
  hold,    // due: held
  release, // held: due now
  kill,    // due or held: dead; dead: dismissed, so that nobody is asked to look at it
};

// Deliveries as operators see and change them. Blocking. Throws base::Failure with a readable message.
class DeliveryControl
{
public:
  virtual ~DeliveryControl() = default;

  // Returns up to `most` deliveries, newest first.
  virtual std::vector<DeliveryRecord> deliveries(const DeliveryFilter& filter, std::size_t most) = 0;
  virtual std::vector<HandlerRecord> handlers() = 0;

  // Returns how many deliveries the action would change.
  virtual std::int64_t count(DeliveryAction action, const DeliveryFilter& filter) = 0;
  // Changes up to `most` deliveries with an id above `after`, in one short transaction. Searches without a
  // lock and writes by id, so each is changed once even if it fails again meanwhile.
  struct Applied {
    std::int64_t changed = 0;
    std::optional<std::int64_t> last; // continue after this id; nothing at the end
  };
  // `reason` is kept with what is killed.
  virtual Applied apply(DeliveryAction action, const DeliveryFilter& filter, const std::string& reason,
                        std::int64_t after, std::size_t most, base::TimePoint now) = 0;

  // Returns events since this time that a handler can be given, with an id above `after`.
  virtual std::vector<model::Event> past_events(base::TimePoint since, std::int64_t after,
                                                std::size_t most) = 0;
  // Makes each a delivery to the handler, due now; one that is done or dead becomes due again. Returns how
  // many. With `dry_run`, only counts them.
  virtual std::int64_t replay(const std::string& handler, const std::vector<std::int64_t>& events,
                              bool dry_run, base::TimePoint now) = 0;
};

// Called after each step with the number of deliveries until then.
using Progress = std::function<void(std::int64_t done)>;

// Both change deliveries in short transactions, so that no postback waits long. They return how many. With
// `dry_run`, they change nothing and return the same number.
std::int64_t apply_to_all(DeliveryControl& control, DeliveryAction action, const DeliveryFilter& filter,
                          const std::string& reason, bool dry_run, const base::Clock& clock,
                          const Progress& progress = {});
// Delivers the events since a time that match to the handler, as if it had existed then.
std::int64_t replay_since(DeliveryControl& control, const std::string& handler,
                          const model::EventMatch& match, base::TimePoint since, bool dry_run,
                          const base::Clock& clock, const Progress& progress = {});

} // namespace postbackd::store
