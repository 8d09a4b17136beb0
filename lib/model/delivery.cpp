#include "model/delivery.hpp"

#include "base/words.hpp"

namespace postbackd::model
{
namespace
{

constexpr base::Words<DeliveryState, 5> states{{"due", "running", "done", "dead", "held"}};
constexpr base::Words<AttemptOutcome, 3> outcomes{{"done", "retry", "dead"}};

} // namespace

std::string_view to_text(DeliveryState state) { return states.text(state); }
std::optional<DeliveryState> delivery_state_of(std::string_view text) { return states.parse(text); }
std::string_view to_text(AttemptOutcome outcome) { return outcomes.text(outcome); }
std::optional<AttemptOutcome> attempt_outcome_of(std::string_view text) { return outcomes.parse(text); }

} // namespace postbackd::model
