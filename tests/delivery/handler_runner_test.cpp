#include <boost/test/unit_test.hpp>

#include <condition_variable>
#include <future>
#include <mutex>

#include "delivery/handler_runner.hpp"
#include "support/manual_clock.hpp"

using namespace postbackd;
using namespace postbackd::test;
using namespace std::chrono_literals;
using delivery::Attempt;
using delivery::HandlerConfiguration;
using delivery::HandlerRunner;
using delivery::Outcome;

namespace
{

class Function final : public delivery::Handler
{
public:
  using Call = std::function<Outcome(const delivery::Delivery&, const std::stop_token&)>;
  explicit Function(Call call) : call_(std::move(call)) {}
  Outcome handle(const delivery::Delivery& delivery, std::stop_token stop) override
  {
    return call_(delivery, stop);
  }

private:
  Call call_;
};

struct RunnerFixture {
  ManualClock clock;
  HandlerConfiguration configuration;
  std::promise<Attempt> finished;
  HandlerRunner::Load load = [](const store::Claim&) { return base::Blob("{}"); };

  RunnerFixture()
  {
    configuration.options.name = "h";
    configuration.circuit = 2;
  }
  std::unique_ptr<HandlerRunner> make(Function::Call call)
  {
    return std::make_unique<HandlerRunner>(
        configuration, std::make_unique<Function>(std::move(call)), clock, load,
        [this](Attempt attempt) { finished.set_value(std::move(attempt)); });
  }
  Attempt run(HandlerRunner& runner)
  {
    runner.run({.delivery = 1, .handler = "h", .key = "k", .attempt = 1});
    return finished.get_future().get();
  }
};

Outcome until_stopped(const std::stop_token& stop)
{
  std::mutex mutex;
  std::unique_lock lock(mutex);
  std::condition_variable_any().wait(lock, stop, [] { return false; });
  return Outcome::retry("stopped");
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(handler_runner, RunnerFixture)

BOOST_AUTO_TEST_CASE(what_a_handler_throws_is_a_retry)
{
  const auto runner = make([](const auto&, const auto&) -> Outcome { throw std::runtime_error("oops"); });
  const Attempt attempt = run(*runner);
  BOOST_TEST((attempt.outcome.kind == Outcome::Kind::retry));
  BOOST_TEST(attempt.outcome.detail() == "the handler threw: oops");
}

BOOST_AUTO_TEST_CASE(a_document_that_was_deleted_makes_the_delivery_dead)
{
  load = [](const store::Claim&) -> base::Blob { throw base::Failure(base::Errc::not_found, "deleted"); };
  const auto runner = make([](const auto&, const auto&) { return Outcome::done(); });
  BOOST_TEST((run(*runner).outcome.kind == Outcome::Kind::dead));
}

BOOST_AUTO_TEST_CASE(a_document_that_cannot_be_read_now_is_a_retry)
{
  load = [](const store::Claim&) -> base::Blob { throw base::Failure(base::Errc::unavailable, "locked"); };
  const auto runner = make([](const auto&, const auto&) { return Outcome::done(); });
  BOOST_TEST((run(*runner).outcome.kind == Outcome::Kind::retry));
}

BOOST_AUTO_TEST_CASE(a_handler_that_ignores_its_timeout_is_asked_to_stop)
{
  const auto runner = make([](const auto&, const auto& stop) { return until_stopped(stop); });
  runner->run({.delivery = 1, .handler = "h"});
  runner->stop_late(std::chrono::steady_clock::now()); // it is not late yet
  auto future = finished.get_future();
  BOOST_TEST((future.wait_for(0ms) == std::future_status::timeout));
  runner->stop_late(std::chrono::steady_clock::now() + configuration.options.timeout + 6s);
  BOOST_TEST((future.wait_for(10s) == std::future_status::ready));
  runner->stop_all();
  BOOST_TEST(!future.get().interrupted); // its own fault: the attempt counts
}

BOOST_AUTO_TEST_CASE(an_attempt_that_ends_with_the_daemon_is_interrupted)
{
  const auto runner = make([](const auto&, const auto& stop) { return until_stopped(stop); });
  runner->run({.delivery = 1, .handler = "h"});
  runner->stop_all();
  BOOST_TEST(finished.get_future().get().interrupted);
}

BOOST_AUTO_TEST_CASE(its_capacity_is_its_concurrency_less_what_runs_and_one_in_order)
{
  configuration.concurrency = 3;
  const auto runner = make([](const auto&, const auto& stop) { return until_stopped(stop); });
  BOOST_TEST(runner->capacity(clock.now()).most == 3u);
  runner->run({.delivery = 1, .handler = "h"});
  BOOST_TEST(runner->capacity(clock.now()).most == 2u);
  configuration.in_order = true;
  BOOST_TEST(make([](const auto&, const auto&) { return Outcome::done(); })->capacity(clock.now()).most ==
             1u);
  runner->stop_all();
  finished.get_future().wait();
}

BOOST_AUTO_TEST_CASE(a_circuit_breaker_that_was_open_before_a_restart_allows_one_probe)
{
  const auto runner = make([](const auto&, const auto&) { return Outcome::done(); });
  runner->restore({.name = "h", .open = true, .failures = 9, .first_event = 5});
  BOOST_TEST(runner->capacity(clock.now()).most == 1u);
}

BOOST_AUTO_TEST_CASE(it_is_for_events_after_the_one_it_was_first_known_at)
{
  const auto runner = make([](const auto&, const auto&) { return Outcome::done(); });
  runner->restore({.name = "h", .first_event = 5});
  model::Event event;
  event.id = 5;
  BOOST_TEST(!runner->is_for(event));
  event.id = 6;
  BOOST_TEST(runner->is_for(event));
  event.kind = model::EventKind::notice;
  BOOST_TEST(!runner->is_for(event));
}

BOOST_AUTO_TEST_SUITE_END()
