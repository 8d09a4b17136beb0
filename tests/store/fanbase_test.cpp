// When an object of the Fanbase queue ends.
#include <boost/test/unit_test.hpp>

#include "store/store_fixture.hpp"

using namespace postbackd;
using namespace postbackd::test;

BOOST_FIXTURE_TEST_SUITE(fanbase_store, StoreFixture)

// The dispatcher registers the handlers a moment after the start.
BOOST_AUTO_TEST_CASE(an_object_waits_for_handlers_that_the_store_does_not_know_yet)
{
  open();
  store::QueueObject object;
  object.id = "o-1";
  object.client = "app";
  object.action = "ticket-create";
  object.request = R"({"action":"ticket-create","data":{}})";
  object.created_at = clock.now();
  const std::optional<store::ObjectSubmission> none;
  BOOST_TEST(run(store->fanbase().enqueue(object, none, clock.now())).has_value());
  const auto state = [this] { return store->fanbase().find("app", "o-1")->state; };
  store->fanbase().advance_objects(true, clock.now());
  BOOST_TEST((state() == store::ObjectState::pending));
  store->fanbase().advance_objects(false, clock.now());
  BOOST_TEST((state() == store::ObjectState::completed));
}

BOOST_AUTO_TEST_SUITE_END()
