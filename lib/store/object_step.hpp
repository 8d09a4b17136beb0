#pragma once

#include <optional>
#include <string>

#include "base/clock.hpp"
#include "model/query.hpp"
#include "store/fanbase_store.hpp"

namespace postbackd::store
{

// What is known of an open object of the Fanbase queue: of itself, of the query that was submitted for it,
// and of the deliveries of its own event and of that query's result.
struct ObjectFacts {
  std::string action;
  ObjectState state = ObjectState::pending;
  base::TimePoint created_at;
  std::string reason; // why it fails if no handler takes it

  bool asks = false;                      // a query was submitted for it
  std::optional<model::QueryState> query; // nothing: it has been deleted
  std::string said_by_platform;
  bool has_result = false;

  bool is_routed = false; // its events have their deliveries, or nobody takes any
  bool is_taken = false;  // its own event has one
  bool has_begun = false; // an attempt was made
  bool has_unfinished = false;
  bool has_dead = false;
  std::optional<std::string> said;    // by a handler that is done, for the requester
  std::optional<std::string> refusal; // by one that is dead
};

struct ObjectNext {
  ObjectState state;
  std::string message; // processMsg, of an end
};

// Decides the next state of an object (Update Fandata, Webhook Ingressos: processStatus). The state that it
// has is an answer too.
ObjectNext next_of(const ObjectFacts& facts, base::TimePoint now);

} // namespace postbackd::store
