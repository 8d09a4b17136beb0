#include "delivery/attempt_report.hpp"

#include "base/log.hpp"
#include "base/plain_text.hpp"
#include "model/trace_context.hpp"

namespace postbackd::delivery
{
namespace
{

constexpr std::size_t most_detail = (4 << 10) + 200; // of an output, after our own words
constexpr std::size_t most_message = 500;

} // namespace

store::DeliveryReport report_of(const Attempt& attempt, const model::RetryPolicy& retry, double jitter)
{
  using model::AttemptOutcome;
  using State = model::DeliveryState;
  const store::Claim& claim = attempt.claim;
  const Outcome& outcome = attempt.outcome;
  store::DeliveryReport report{.delivery = claim.delivery,
                               .attempt = claim.attempt,
                               .detail = base::as_utf8(outcome.detail().substr(0, most_detail)),
                               .message = base::as_line(outcome.message.substr(0, most_message)),
                               .finished_at = attempt.at};
  report.forgiven = attempt.interrupted || (attempt.probe && outcome.kind == Outcome::Kind::retry);
  if (attempt.interrupted) {
    report.state = State::due;
    report.outcome = AttemptOutcome::retry;
    report.next_attempt_at = attempt.at;
  } else if (outcome.kind == Outcome::Kind::done) {
    report.state = State::done;
    report.outcome = AttemptOutcome::done;
  } else if (outcome.kind == Outcome::Kind::dead) {
    report.state = State::dead;
    report.outcome = AttemptOutcome::dead;
  } else {
    const bool last = claim.counted >= retry.attempts && !report.forgiven;
    report.state = last ? State::dead : State::due;
    report.outcome = AttemptOutcome::retry;
    report.next_attempt_at = attempt.at + outcome.delay.value_or(retry.delay(claim.counted, jitter));
  }
  return report;
}

store::DeliveryReport unwanted_report_of(const Attempt& attempt)
{
  return {.delivery = attempt.claim.delivery,
          .attempt = attempt.claim.attempt,
          .detail = "the handler does not ask for its values any more",
          .unwanted = true,
          .finished_at = attempt.at};
}

void tell_dead(const Attempt& attempt)
{
  const store::Claim& claim = attempt.claim;
  base::log::warning("delivery_dead",
                     {{"handler", claim.handler},
                      {"query_id", claim.event.query_id},
                      {"delivery", claim.delivery},
                      base::log::Field::if_known("trace_id", model::trace_id_of(claim.event.trace)),
                      {"attempts", claim.attempt},
                      {"why", attempt.outcome.why}});
}

} // namespace postbackd::delivery
