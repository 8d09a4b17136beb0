// What an operator does to a running dispatcher.
#include "delivery/dispatcher_fixture.hpp"
#include "store/open.hpp"

using namespace postbackd;
using namespace postbackd::test;
using delivery::Outcome;
using namespace std::chrono_literals;

BOOST_FIXTURE_TEST_SUITE(dispatcher_operator, DispatcherFixture)

// It is repaired, and nobody waits for the end of the pause.
BOOST_AUTO_TEST_CASE(a_retry_of_an_operator_probes_at_once)
{
  delivery::HandlerConfiguration& handler = add("h");
  handler.circuit = 1;
  handler.retry = {.first = 600s, .factor = 1, .max = 600s, .attempts = 4};
  notes["h"].answer = [first = true](const auto&, const auto&) mutable {
    return std::exchange(first, false) ? Outcome::retry("down") : Outcome::done();
  };
  dispatch();
  answered("q-1");
  settle();
  BOOST_TEST(ask("SELECT circuit FROM v_handlers") == "open");
  clock.advance(1s);
  settle();
  BOOST_TEST(notes["h"].given.size() == 1u);
  const auto operators = store::open_operator(options.path, options.busy_timeout, store::Access::write);
  operators->apply(store::DeliveryAction::retry, {.handler = "h"}, "", 0, 10, clock.now());
  settle();
  BOOST_TEST(ask("SELECT circuit FROM v_handlers") == "closed");
  BOOST_TEST(ask("SELECT state FROM v_deliveries") == "done");
}

BOOST_AUTO_TEST_SUITE_END()
