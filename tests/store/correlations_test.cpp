// Matching by the correlation of a query's own URL, and queries that become one.
#include <boost/test/unit_test.hpp>

#include "store/matching_fixture.hpp"

using namespace postbackd;
using namespace postbackd::test;
using model::PostbackKind;

BOOST_FIXTURE_TEST_SUITE(correlations, MatchingFixture)

BOOST_AUTO_TEST_CASE(a_correlation_matches_when_the_acknowledgement_was_lost)
{
  const std::string correlation = expected("mine");
  BOOST_TEST((kept_by(correlation, result_of("q-1")) == PostbackKind::result));
  BOOST_TEST(state("q-1") == "answered");
  BOOST_TEST(ask("SELECT label FROM v_results WHERE query_id = 'q-1'") == "mine");
  BOOST_TEST((kept_by(correlation, result_of("q-1")) == PostbackKind::result)); // a repeat
  BOOST_TEST(ask("SELECT repeats FROM v_postbacks") == "1");
  check_stats();
}

BOOST_AUTO_TEST_CASE(a_correlation_matches_what_has_no_query_id)
{
  const std::string correlation = expected("mine");
  BOOST_TEST((kept_by(correlation, "garbage") == PostbackKind::undecodable));
  BOOST_TEST((kept_by(correlation, R"({"Result":[1]})") == PostbackKind::result));
  BOOST_TEST(ask("SELECT state FROM v_queries") == "answered");
  BOOST_TEST((kept_by(correlation, R"({"Result":[1]})") == PostbackKind::result));
  BOOST_TEST(ask("SELECT sum(repeats) FROM v_postbacks") == "1");
}

BOOST_AUTO_TEST_CASE(a_correlation_and_a_plain_registration_of_the_same_query_merge)
{
  const std::string correlation = expected("mine");
  tell("INSERT INTO queries (query_id, label, api) VALUES ('q-1', 'theirs', 'people')");
  BOOST_TEST((kept_by(correlation, result_of("q-1")) == PostbackKind::result));
  BOOST_TEST(ask("SELECT count(*) FROM v_queries") == "1");
  BOOST_TEST(ask("SELECT query_id || ' ' || label || ' ' || api || ' ' || state || ' ' || (correlation = '" +
                 correlation + "') FROM v_queries") == "q-1 mine people answered 1");
  BOOST_TEST(events() == "result");
}

BOOST_AUTO_TEST_CASE(merging_keeps_what_both_rows_had)
{
  const std::string correlation = expected("mine");
  kept_by(correlation, "garbage");
  registered("q-1");
  kept(result_of("q-1", "by the route"));
  BOOST_TEST((kept_by(correlation, result_of("q-1", "by its own URL")) == PostbackKind::extra));
  BOOST_TEST(ask("SELECT count(*) FROM v_queries") == "1");
  BOOST_TEST(value("q-1") == "by the route");
  BOOST_TEST(ask("SELECT count(*) FROM v_postbacks WHERE query_id = 'q-1' AND label = 'mine'") == "3");
}

BOOST_AUTO_TEST_CASE(a_correlation_never_answers_another_query)
{
  const std::string mine = expected("mine");
  const std::string theirs = expected("theirs");
  kept_by(mine, result_of("q-mine"));
  kept_by(theirs, notice_of("q-theirs"));
  // Another query's own, one registered without a correlation, and one that nobody has registered yet.
  registered("q-app");
  for (const char* id : {"q-theirs", "q-app", "q-later"})
    BOOST_TEST((kept_by(mine, result_of(id, "forged")) == PostbackKind::unmatched), id);
  registered("q-later");
  BOOST_TEST(state("q-theirs") == "notified");
  BOOST_TEST(state("q-app") == "pending");
  BOOST_TEST(state("q-later") == "pending");
  BOOST_TEST(ask("SELECT count(*) FROM v_unmatched "
                 "WHERE problem = 'its QueryId and its URL belong to different queries'") == "3");
  BOOST_TEST((kept_by(theirs, result_of("q-theirs", "true")) == PostbackKind::result));
  BOOST_TEST(value("q-theirs") == "true");
  check_stats();
}

BOOST_AUTO_TEST_CASE(a_route_may_answer_a_query_that_has_its_own_url)
{
  const std::string correlation = expected("mine");
  tell("UPDATE queries SET query_id = 'q-1' WHERE correlation = '" + correlation + "'");
  BOOST_TEST((kept(result_of("q-1")) == PostbackKind::result));
}

BOOST_AUTO_TEST_CASE(an_acknowledgement_that_is_read_late_finds_what_came_before)
{
  const std::string correlation = expected("mine");
  kept(result_of("q-1"));
  BOOST_TEST(tell("INSERT INTO queries (query_id, correlation) VALUES ('q-1', '" + correlation + "')") == 0);
  BOOST_TEST(ask("SELECT count(*) || ' ' || label || ' ' || state FROM v_queries") == "1 mine answered");
  check_stats();
}

BOOST_AUTO_TEST_CASE(a_correlation_of_another_store_matches_by_its_query_id_only)
{
  registered("q-1");
  BOOST_TEST((kept_by(model::new_correlation(), result_of("q-1")) == PostbackKind::result));
  BOOST_TEST((kept_by(model::new_correlation(), "garbage") == PostbackKind::undecodable));
  const std::string correlation = expected("own");
  kept_by(correlation, notice_of("q-2"));
  BOOST_TEST((kept_by(model::new_correlation(), result_of("q-2")) == PostbackKind::unmatched));
}

BOOST_AUTO_TEST_CASE(the_same_bytes_on_another_querys_url_are_no_repeat)
{
  const std::string one = expected("one");
  const std::string two = expected("two");
  const std::string body = R"({"Result":[{"done":1}]})";
  kept_by(one, body);
  kept_by(two, "garbage");
  BOOST_TEST((kept_by(two, body) == PostbackKind::result));
  BOOST_TEST(ask("SELECT group_concat(state) FROM v_queries") == "answered,answered");
}

BOOST_AUTO_TEST_CASE(a_misdirected_copy_does_not_swallow_the_true_result)
{
  const std::string mine = expected("mine");
  kept_by(mine, result_of("q-mine"));
  registered("q-b");
  BOOST_TEST((kept_by(mine, result_of("q-b")) == PostbackKind::unmatched));
  kept(notice_of("q-b"));
  BOOST_TEST((kept(result_of("q-b")) == PostbackKind::result));
  BOOST_TEST(state("q-b") == "answered");
}

BOOST_AUTO_TEST_CASE(a_correlation_in_no_row_answers_no_query_that_has_its_own_in_either_order)
{
  const std::string stranger = model::new_correlation();
  const std::string own = expected("own");
  kept_by(stranger, result_of("q-1"));
  tell("INSERT INTO queries (query_id, correlation) VALUES ('q-1', '" + own + "')");
  BOOST_TEST(state("q-1") == "pending");
  kept_by(stranger, result_of("q-2"));
  registered("q-2"); // without a correlation it is the application's word
  BOOST_TEST(state("q-2") == "answered");
}

BOOST_AUTO_TEST_CASE(merging_keeps_the_later_deadline)
{
  const std::string correlation = model::new_correlation();
  tell("INSERT INTO queries (correlation, deadline_at) VALUES ('" + correlation +
       "', '2099-01-01T00:00:00.000Z')");
  registered("q-1");
  kept_by(correlation, notice_of("q-1"));
  BOOST_TEST(ask("SELECT deadline_at FROM v_queries") == "2099-01-01T00:00:00.000Z");
}

BOOST_AUTO_TEST_SUITE_END()
