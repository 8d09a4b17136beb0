// Rows of an age go; what is needed stays; the file shrinks.
#include <boost/test/unit_test.hpp>

#include "store/store_fixture.hpp"
#include "support/spool.hpp"

using namespace postbackd;
using namespace postbackd::test;

namespace
{

const std::atomic<bool> no_stop = false;

struct RetentionFixture : StoreFixture {
  RetentionFixture() { open(); }

  void receive(const std::string& body) { BOOST_TEST(keep(postback_of(body, clock.now())).has_value()); }

  std::int64_t remove_older_than(std::chrono::days age)
  {
    return run(store->upkeep().remove_before(clock.now() - age, no_stop)).value();
  }

  std::string receipts()
  {
    return ask("SELECT group_concat(query_id) FROM (SELECT query_id FROM postbacks ORDER BY receipt)");
  }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(retention, RetentionFixture)

BOOST_AUTO_TEST_CASE(old_postbacks_go_with_their_queries_and_new_ones_stay)
{
  tell("INSERT INTO queries (query_id) VALUES ('old-1'), ('old-2'), ('new-1')");
  receive(result_of("old-1"));
  receive(result_of("old-2"));
  receive("not json");
  clock.advance(std::chrono::days(91));
  receive(result_of("new-1"));
  BOOST_TEST(remove_older_than(std::chrono::days(90)) == 3);
  BOOST_TEST(receipts() == "new-1");
  BOOST_TEST(ask("SELECT count(*) FROM bodies") == "1");
  BOOST_TEST(ask("SELECT group_concat(query_id) FROM queries") == "new-1");
  BOOST_TEST(ask("SELECT count(*) FROM v_events") == "1");
  BOOST_TEST(ask("SELECT sum(results) FROM v_stats") == "3"); // what happened stays counted
  BOOST_TEST(remove_older_than(std::chrono::days(90)) == 0);
}

// `last` has the newest event and the newest query.
BOOST_AUTO_TEST_CASE(waiting_queries_and_unfinished_deliveries_stay)
{
  tell("INSERT INTO queries (query_id) VALUES ('waits'), ('notified'), ('due'), ('done'), ('last')");
  receive(notice_of("notified"));
  for (const char* id : {"due", "done", "last"})
    receive(result_of(id));
  tell("INSERT INTO deliveries (event_id, handler, state, created_at) SELECT e.id, 'h', p.query_id, "
       "e.created_at FROM events e JOIN "
       "postbacks p USING (receipt) "
       "WHERE p.query_id IN ('due', 'done')");
  tell("INSERT INTO attempts (delivery, attempt, started_at) SELECT id, 1, 'then' FROM deliveries");
  tell("INSERT INTO deliveries (event_id, handler, state, created_at) VALUES (0, 'newest', 'done', 'then')");
  clock.advance(std::chrono::days(91));
  receive(result_of("newest"));
  remove_older_than(std::chrono::days(90));
  BOOST_TEST(receipts() == "notified,due,last,newest");
  BOOST_TEST(ask("SELECT group_concat(query_id) FROM (SELECT query_id FROM queries ORDER BY id)") ==
             "waits,notified,due,last");
  BOOST_TEST(ask("SELECT count(*) FROM attempts") == "1");
  tell("UPDATE deliveries SET state = 'done'");
  remove_older_than(std::chrono::days(90));
  BOOST_TEST(receipts() == "notified,last,newest");
}

BOOST_AUTO_TEST_CASE(a_query_stays_while_something_newer_is_about_it)
{
  tell("INSERT INTO queries (query_id) VALUES ('with-extra')");
  receive(result_of("with-extra"));
  receive(result_of("late"));
  clock.advance(std::chrono::days(91));
  receive(result_of("with-extra", "another"));
  receive("{}");
  remove_older_than(std::chrono::days(90));
  BOOST_TEST(ask("SELECT group_concat(kind) FROM (SELECT kind FROM v_postbacks WHERE query_id = 'with-extra' "
                 "ORDER BY receipt)") == "result,extra");
  BOOST_TEST(ask("SELECT label IS NULL AND count(*) = 1 FROM v_queries WHERE query_id = 'with-extra'") ==
             "1");
  BOOST_TEST(ask("SELECT count(*) FROM v_postbacks WHERE query_id = 'late'") == "0");
}

// An operator must see what is held, and the views show a postback with its query.
BOOST_AUTO_TEST_CASE(a_query_stays_until_its_last_other_postback_has_gone)
{
  tell("INSERT INTO queries (query_id) VALUES ('notified'), ('last')");
  receive(notice_of("notified"));
  receive(result_of("notified"));
  receive(result_of("last"));
  tell("INSERT INTO deliveries (event_id, handler, state, created_at) SELECT id, 'h', 'held', created_at "
       "FROM events "
       "WHERE kind = 'notice'");
  tell("INSERT INTO deliveries (event_id, handler, state, created_at) VALUES (0, 'newest', 'done', 'then')");
  clock.advance(std::chrono::days(91));
  receive("{}");
  remove_older_than(std::chrono::days(90));
  BOOST_TEST(ask("SELECT count(*) FROM v_deliveries WHERE query_id = 'notified' AND state = 'held'") == "1");
  BOOST_TEST(ask("SELECT count(*) FROM v_postbacks WHERE query_id = 'notified'") == "2");
  tell("UPDATE deliveries SET state = 'done'");
  remove_older_than(std::chrono::days(90)); // the notice
  remove_older_than(std::chrono::days(90)); // the query
  BOOST_TEST(ask("SELECT count(*) FROM v_queries WHERE query_id = 'notified'") == "0");
  BOOST_TEST(ask("SELECT count(*) FROM v_postbacks WHERE query_id = 'notified'") == "0");
}

BOOST_AUTO_TEST_CASE(numbers_are_not_given_out_again)
{
  tell("INSERT INTO queries (query_id) VALUES ('only')");
  receive(result_of("only"));
  const std::string before = ask("SELECT max(id) FROM queries");
  clock.advance(std::chrono::days(91));
  receive("{}");
  remove_older_than(std::chrono::days(90));
  tell("INSERT INTO queries (query_id) VALUES ('next')");
  BOOST_TEST(ask("SELECT id > " + before + " FROM queries WHERE query_id = 'next'") == "1");
}

BOOST_AUTO_TEST_CASE(the_space_is_given_back_while_postbacks_come)
{
  DiskSpool disk;
  for (int i = 0; i < 300; ++i)
    receive(result_of("old-" + std::to_string(i), std::string(100'000, 'x')));
  model::Postback large = postback_of("", clock.now());
  large.raw = disk.blob(result_of("old-large", std::string(10 << 20, 'y')));
  BOOST_TEST(keep(large).has_value());
  clock.advance(std::chrono::days(91));
  receive("{}");
  const auto pages = [this] { return std::stol(ask("PRAGMA page_count")); };
  const long before = pages();
  boost::asio::io_context& io = test_context();
  auto removed =
      boost::asio::co_spawn(io, store->upkeep().remove_before(clock.now(), no_stop), boost::asio::use_future);
  const model::Postback small = postback_of("[1]", clock.now());
  std::vector<std::future<base::Result<model::Kept>>> kept;
  for (int i = 0; i < 100; ++i)
    kept.push_back(
        boost::asio::co_spawn(io, store->postbacks().keep(small, clock.now()), boost::asio::use_future));
  io.run();
  BOOST_TEST(removed.get().value() >= 301);
  for (auto& each : kept)
    BOOST_TEST(each.get().has_value());
  BOOST_TEST(ask("SELECT count(*) FROM pieces") == "0");
  BOOST_TEST(pages() < before / 4);
  BOOST_TEST(ask("PRAGMA integrity_check") == "ok");
}

BOOST_AUTO_TEST_SUITE_END()
