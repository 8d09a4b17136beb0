#pragma once

#include <optional>
#include <string_view>

namespace postbackd::model
{

// The state of a delivery.
enum class DeliveryState {
  due,     // waiting for its next attempt
  running, // an attempt is under way
  done,
  dead, // given up
  held, // set aside by an operator
};
std::string_view to_text(DeliveryState state);
std::optional<DeliveryState> delivery_state_of(std::string_view text);

// How one attempt ended.
enum class AttemptOutcome { done, retry, dead };
std::string_view to_text(AttemptOutcome outcome);
std::optional<AttemptOutcome> attempt_outcome_of(std::string_view text);

} // namespace postbackd::model
