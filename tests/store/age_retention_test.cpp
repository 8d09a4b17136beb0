// What has an age of its own goes; what waits, is not delivered, or is the newest, stays.
#include <boost/test/unit_test.hpp>

#include "store/store_fixture.hpp"

using namespace postbackd;
using namespace postbackd::test;
using store::OldKind;

namespace
{

const std::atomic<bool> no_stop = false;

struct AgeFixture : StoreFixture {
  AgeFixture() { open(); }

  void receive(const std::string& body) { BOOST_TEST(keep(postback_of(body, clock.now())).has_value()); }
  std::int64_t remove(OldKind kind)
  {
    return run(store->upkeep().remove_old(kind, clock.now() - std::chrono::days(30), clock.now(), no_stop))
        .value();
  }
  // The clock stands; rows get the times that they would have had.
  void age() { clock.advance(std::chrono::days(31)); }
};

const std::string then = "'2020-01-01T00:00:00.000Z'";

std::string numbers(int first, int last)
{
  return " FROM (WITH RECURSIVE n(i) AS (SELECT " + std::to_string(first) +
         " UNION ALL SELECT i + 1 FROM n WHERE i < " + std::to_string(last) + ") SELECT i FROM n)";
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(age_retention, AgeFixture)

BOOST_AUTO_TEST_CASE(a_body_goes_and_its_row_stays)
{
  tell("INSERT INTO queries (query_id) VALUES ('old'), ('waits'), ('due'), ('new')");
  receive(result_of("old", std::string(5'000, 'x')));
  receive(notice_of("waits"));
  receive(result_of("due"));
  tell("INSERT INTO deliveries (event_id, handler, created_at) SELECT max(id), 'h', " + then +
       " FROM events");
  age();
  receive(result_of("new"));
  BOOST_TEST(remove(OldKind::bodies) == 1);
  BOOST_TEST(ask("SELECT group_concat(query_id) FROM (SELECT query_id FROM v_results ORDER BY receipt)") ==
             "due,new");
  BOOST_TEST(ask("SELECT state FROM v_queries WHERE query_id = 'old'") == "answered");
  BOOST_TEST(ask("SELECT count(*) FROM v_postbacks WHERE removed_at IS NOT NULL") == "1");
  BOOST_TEST(ask("SELECT length(raw) FROM v_bodies ORDER BY receipt LIMIT 1") == "0");
  BOOST_TEST(remove(OldKind::bodies) == 0);
  // It is still recognised when it comes again.
  BOOST_TEST(keep(postback_of(result_of("old", std::string(5'000, 'x')), clock.now()))->repeat);
}

BOOST_AUTO_TEST_CASE(queries_that_have_ended_without_a_result_go_with_their_events)
{
  tell("INSERT INTO queries (query_id, state, created_at) VALUES ('failed', 'failed', " + then +
       "), ('waits', 'pending', " + then + "), ('lost', 'lost', " + then + "), ('newest', 'closed', " + then +
       ")");
  tell("INSERT INTO events (kind, query_row, created_at) SELECT state, id, " + then +
       " FROM queries WHERE state = 'failed' OR state = 'lost'");
  tell("INSERT INTO events (kind, created_at) VALUES ('unmatched', " + then + ")");
  tell("INSERT INTO handlers (name, kind, first_event) VALUES ('h', 'file', 0)");
  tell("UPDATE settings SET value = (SELECT first + 1 FROM eras) WHERE name = 'routed'"); // the end of `lost`
                                                                                          // is not routed yet
  BOOST_TEST(remove(OldKind::queries) == 1);
  BOOST_TEST(ask("SELECT group_concat(query_id) FROM (SELECT query_id FROM queries ORDER BY id)") ==
             "waits,lost,newest");
  tell("UPDATE settings SET value = (SELECT first + 3 FROM eras) WHERE name = 'routed'");
  BOOST_TEST(remove(OldKind::queries) == 0); // looked at again after a day
  clock.advance(std::chrono::hours(24));
  BOOST_TEST(remove(OldKind::queries) == 1);
  BOOST_TEST(ask("SELECT count(*) FROM events WHERE query_row IS NOT NULL") == "0");
}

// The id that a remote Fanbase gave is of use as long as its delivery may be made again.
BOOST_AUTO_TEST_CASE(what_a_remote_fanbase_has_said_goes_with_its_delivery)
{
  tell("INSERT INTO deliveries (event_id, handler, state, created_at) VALUES (1, 'h', 'done', " + then +
       "), (2, 'h', 'done', " + then + "), (3, 'h', 'done', strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))");
  const std::string id = ask("SELECT value FROM settings WHERE name = 'store_id'");
  for (const char* delivery : {"1", "2", "3"})
    store->fanbase().keep_remote_id(id + "-" + delivery, "remote", clock.now());
  BOOST_TEST(remove(OldKind::deliveries) == 2);
  BOOST_TEST(ask("SELECT group_concat(key) FROM fanbase_sent") == id + "-3");
}

// A clock that was wrong for a minute: what came before it and after it goes at its time all the same.
BOOST_AUTO_TEST_CASE(rows_with_a_wrong_time_are_no_wall)
{
  const std::string wrong = "'2099-01-01T00:00:00.000Z'";
  tell("INSERT INTO queries (query_id, state, created_at) SELECT 'before-' || i, 'closed', " + then +
       numbers(1, 3));
  tell("INSERT INTO queries (query_id, state, created_at) SELECT 'wrong-' || i, 'closed', " + wrong +
       numbers(1, 700));
  tell("INSERT INTO queries (query_id, state, created_at) SELECT 'after-' || i, 'closed', " + then +
       numbers(1, 3));
  tell("INSERT INTO queries (query_id, state, created_at) SELECT 'wrong-' || i, 'closed', " + wrong +
       numbers(701, 6000));
  tell("INSERT INTO queries (query_id, state, created_at) SELECT 'last-' || i, 'closed', " + then +
       numbers(1, 3));
  tell("INSERT INTO queries (query_id) VALUES ('newest')");
  BOOST_TEST(remove(OldKind::queries) == 9);
  BOOST_TEST(ask("SELECT count(*) FROM queries WHERE query_id GLOB 'wrong-*'") == "6000");
}

// The newest event stays, and so do its query and what was sent for it.
BOOST_AUTO_TEST_CASE(a_query_that_stays_keeps_its_submission)
{
  tell("INSERT INTO queries (query_id, state, correlation, created_at) VALUES ('failed', 'failed', 'c-1', " +
       then + "), ('newest', 'closed', 'c-2', " + then + ")");
  tell(
      "INSERT INTO submissions (correlation, route, q, deadline) VALUES ('c-1', '/postback', 'doc{1}', 600)");
  tell("INSERT INTO events (kind, query_row, created_at) SELECT state, id, " + then +
       " FROM queries WHERE state = 'failed'");
  remove(OldKind::queries);
  BOOST_TEST(ask("SELECT count(*) FROM queries") == "2");
  BOOST_TEST(ask("SELECT count(*) FROM submissions") == "1");
  tell("INSERT INTO events (kind, created_at) VALUES ('unmatched', " + then + ")");
  clock.advance(std::chrono::hours(24));
  remove(OldKind::queries);
  BOOST_TEST(ask("SELECT count(*) FROM queries") == "1");
  BOOST_TEST(ask("SELECT count(*) FROM submissions") == "0");
}

BOOST_AUTO_TEST_CASE(finished_deliveries_go_with_their_attempts)
{
  tell("INSERT INTO events (kind, created_at) VALUES ('unmatched', " + then + ")");
  for (const char* state : {"done", "due", "dead", "held", "done"})
    tell(std::string("INSERT INTO deliveries (event_id, handler, state, created_at) VALUES (1, "
                     "lower(hex(randomblob(4))), '") +
         state + "', " + then + ")");
  tell("INSERT INTO attempts (delivery, attempt, started_at) SELECT id, 1, " + then + " FROM deliveries");
  BOOST_TEST(remove(OldKind::deliveries) == 2);
  BOOST_TEST(ask("SELECT group_concat(id) FROM (SELECT id FROM deliveries ORDER BY id)") ==
             "2,4,5"); // the newest stays
  BOOST_TEST(ask("SELECT group_concat(delivery) FROM attempts") == "2,4,5");
}

BOOST_AUTO_TEST_CASE(objects_and_app_events_go_when_they_are_done)
{
  for (const char* state : {"completed", "pending", "failed", "completed"})
    tell(std::string("INSERT INTO queue_objects (id, client, action, created_at, state, request) VALUES "
                     "(lower(hex(randomblob(8))), "
                     "'c', 'ticket-create', ") +
         then + ", '" + state + "', '{}')");
  tell("INSERT INTO events (kind, object, created_at) SELECT 'ticket-create', number, " + then +
       " FROM queue_objects");
  tell("INSERT INTO app_events (user_id, event_name, event_date, event_at, app_name, client, created_at) "
       "VALUES "
       "('u', 'e', '', '', 'a', 'c', " +
       then + "), ('u', 'e', '', '', 'a', 'c', " + then + ")");
  tell("INSERT INTO events (kind, object, created_at) SELECT 'app-event', number, " + then +
       " FROM app_events");
  tell("INSERT INTO deliveries (event_id, handler, created_at) SELECT id, 'h', " + then +
       " FROM events WHERE object = 3");
  tell("UPDATE settings SET value = '100' WHERE name = 'routed'");
  BOOST_TEST(remove(OldKind::objects) == 1); // 2 waits, 3 is not delivered, 4 is the newest
  BOOST_TEST(ask("SELECT group_concat(number) FROM (SELECT number FROM queue_objects ORDER BY 1)") ==
             "2,3,4");
  BOOST_TEST(remove(OldKind::app_events) == 1);
  BOOST_TEST(ask("SELECT group_concat(number) FROM app_events") == "2");
  BOOST_TEST(ask("SELECT count(*) FROM events WHERE object = 1") == "0");
}

BOOST_AUTO_TEST_SUITE_END()
