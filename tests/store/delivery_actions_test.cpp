// What an operator's commands do to the file, beside a daemon that works on it.
#include <boost/test/unit_test.hpp>

#include "store/open.hpp"
#include "store/store_fixture.hpp"

using namespace postbackd;
using namespace postbackd::test;

BOOST_FIXTURE_TEST_SUITE(delivery_actions, StoreFixture)

// The handler fails each one again at once.
BOOST_AUTO_TEST_CASE(a_retry_of_all_the_dead_ends_although_they_die_again)
{
  open();
  for (int i = 0; i < 5; ++i) {
    const std::string id = "q-" + std::to_string(i);
    tell("INSERT INTO queries (query_id) VALUES ('" + id + "')");
    BOOST_REQUIRE(keep(postback_of(result_of(id))).has_value());
  }
  tell("INSERT INTO deliveries (event_id, handler, state, created_at) SELECT id, 'h', 'dead', created_at "
       "FROM events WHERE kind <> 'era'");
  const auto dead = store::open_operator(options.path, options.busy_timeout, store::Access::write);
  std::int64_t done = 0;
  std::optional<std::int64_t> last = 0;
  for (int calls = 0; calls < 10 && last; ++calls) {
    const auto applied = dead->apply(store::DeliveryAction::retry, {.state = model::DeliveryState::dead}, "",
                                     *last, 2, clock.now());
    done += applied.changed;
    last = applied.last;
    tell("UPDATE deliveries SET state = 'dead'");
  }
  BOOST_TEST(done == 5);
}

BOOST_AUTO_TEST_SUITE_END()
