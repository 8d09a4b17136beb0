#include "delivery/judgement.hpp"

namespace postbackd::delivery
{
namespace
{

constexpr std::size_t most_detail = 4 << 10;

} // namespace

store::Report judge(const Finished& finished, const model::RetryPolicy& retry, double jitter)
{
  using State = store::Report::State;
  const store::Claim& claim = finished.claim;
  const Outcome& outcome = finished.outcome;
  store::Report report{.delivery = claim.delivery,
                       .attempt = claim.attempt,
                       .detail = outcome.detail.substr(0, most_detail),
                       .finished_at = finished.at};
  report.interrupted = finished.interrupted;
  if (finished.interrupted) {
    report.state = State::due;
    report.outcome = "retry";
    report.next_attempt_at = finished.at;
  } else if (outcome.kind == Outcome::Kind::done) {
    report.state = State::done;
    report.outcome = "done";
  } else if (outcome.kind == Outcome::Kind::dead) {
    report.state = State::dead;
    report.outcome = "dead";
  } else {
    report.state = claim.counted >= retry.attempts ? State::dead : State::due;
    report.outcome = "retry";
    report.next_attempt_at = finished.at + outcome.delay.value_or(retry.delay(claim.counted, jitter));
  }
  return report;
}

} // namespace postbackd::delivery
