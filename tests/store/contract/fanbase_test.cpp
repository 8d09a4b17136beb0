// The Fanbase queue and app calls.
#include "store/contract/contract_fixture.hpp"

using namespace postbackd;
using namespace postbackd::test;
using namespace postbackd::test::contract;
using namespace std::chrono_literals;
using store::AppOutcome;
using store::ObjectState;

namespace
{

struct FanbaseContract : Contract {
  store::FanbaseStore& fanbase() { return store->fanbase(); }

  store::QueueObject object(const std::string& id, const std::string& key = {}) const
  {
    store::QueueObject made;
    made.id = id;
    made.client = "app";
    made.action = "ticket-create";
    made.request = R"({"action":"ticket-create","data":{}})";
    made.created_at = clock.now();
    if (!key.empty()) made.key = key;
    return made;
  }
  std::string enqueue(const store::QueueObject& object)
  {
    return run(fanbase().enqueue(object, std::nullopt, clock.now())).value().id;
  }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(fanbase_contract, FanbaseContract)

BOOST_AUTO_TEST_CASE(a_token_is_valid_until_its_time)
{
  const store::AccessToken token{base::sha256("token"), "app", clock.now() + 1h};
  run(fanbase().keep_token(token, clock.now())).value();
  const auto kept = fanbase().tokens(clock.now());
  BOOST_REQUIRE(kept.size() == 1u);
  BOOST_TEST(
      (kept[0].digest == token.digest && kept[0].client == "app" && kept[0].expires_at == token.expires_at));
  BOOST_TEST(fanbase().tokens(clock.now() + 2h).empty());
}

BOOST_AUTO_TEST_CASE(an_object_is_its_clients_and_a_key_is_one_object)
{
  BOOST_TEST(enqueue(object("o-1", "k")) == "o-1");
  BOOST_TEST(enqueue(object("o-2", "k")) == "o-1");
  BOOST_TEST(enqueue(object("o-3")) == "o-3");
  BOOST_TEST(fanbase().find("app", "o-1")->request == object("").request);
  BOOST_TEST(!fanbase().find("other", "o-1"));
  BOOST_TEST(!fanbase().find("app", "o-2"));
}

BOOST_AUTO_TEST_CASE(objects_are_listed_from_the_newest_on)
{
  for (const char* id : {"o-1", "o-2", "o-3"})
    enqueue(object(id));
  fanbase().advance_objects(false, clock.now());
  const auto newest = store->watch().objects(INT64_MAX, 2);
  BOOST_REQUIRE(newest.size() == 2u);
  BOOST_TEST(newest[0].object == "o-3");
  BOOST_TEST(newest[0].client == "app");
  BOOST_TEST(newest[0].action == "ticket-create");
  BOOST_TEST((newest[0].state == ObjectState::completed && newest[0].processed_at == clock.now()));
  const auto older = store->watch().objects(newest[1].id, 2);
  BOOST_REQUIRE(older.size() == 1u);
  BOOST_TEST(older[0].object == "o-1");
}

BOOST_AUTO_TEST_CASE(an_object_ends_with_its_delivery_or_without_handlers_at_once)
{
  enqueue(object("o-1"));
  const auto state = [this] { return fanbase().find("app", "o-1")->state; };
  BOOST_TEST(fanbase().advance_objects(true, clock.now()) == 0u); // handlers that the store does not know yet
  BOOST_TEST((state() == ObjectState::pending));
  BOOST_TEST(fanbase().advance_objects(false, clock.now()) == 1u);
  BOOST_TEST((state() == ObjectState::completed));
}

BOOST_AUTO_TEST_CASE(users_need_a_known_document_and_events_a_known_user)
{
  store::AppUser user{"u-1", "52998224725", 1, "App", "ios", "app"};
  BOOST_TEST((run(fanbase().keep_user(user, false, clock.now())).value() == AppOutcome::unknown_document));
  BOOST_TEST(operators->add_fans({{"52998224725", 1}, {"52998224725", 1}}) == 1);
  BOOST_TEST((run(fanbase().keep_user(user, false, clock.now())).value() == AppOutcome::kept));
  user.document = "11144477735";
  BOOST_TEST((run(fanbase().keep_user(user, true, clock.now())).value() == AppOutcome::other_document));
  store::AppEvent event{"u-1",       "opened", std::nullopt, "2026-01-31T21:00:00-03:00",
                        clock.now(), "App",    "app"};
  BOOST_TEST((run(fanbase().keep_event(event, clock.now())).value() == AppOutcome::kept));
  event.user_id = "nobody";
  BOOST_TEST((run(fanbase().keep_event(event, clock.now())).value() == AppOutcome::unknown_user));
}

BOOST_AUTO_TEST_CASE(the_id_of_a_remote_object_is_found_by_its_delivery)
{
  BOOST_TEST(!fanbase().remote_id("key-1"));
  fanbase().keep_remote_id("key-1", "remote", clock.now());
  BOOST_TEST(fanbase().remote_id("key-1").value() == "remote");
}

BOOST_AUTO_TEST_SUITE_END()
