// Matching by QueryId, in every order: "What must always hold" 3 and 4 of ARCHITECTURE.md.
#include <boost/test/unit_test.hpp>

#include <set>

#include "store/matching_fixture.hpp"

using namespace postbackd;
using namespace postbackd::test;
using model::PostbackKind;

BOOST_FIXTURE_TEST_SUITE(matching, MatchingFixture)

BOOST_AUTO_TEST_CASE(a_result_answers_its_waiting_query)
{
  registered("q-1");
  BOOST_TEST((kept(result_of("Q-1")) == PostbackKind::result)); // QueryIds compare without case
  BOOST_TEST(state("q-1") == "answered");
  BOOST_TEST(value("q-1") == "1");
  BOOST_TEST(events() == "result");
  BOOST_TEST(ask("SELECT count(*) FROM v_pending") == "0");
  check_stats();
}

BOOST_AUTO_TEST_CASE(a_result_that_comes_first_answers_when_its_query_is_registered)
{
  BOOST_TEST((kept(result_of("q-1")) == PostbackKind::unmatched));
  BOOST_TEST(ask("SELECT query_id FROM v_unmatched") == "q-1");
  BOOST_TEST(events() == "");
  registered("q-1");
  BOOST_TEST(state("q-1") == "answered");
  BOOST_TEST(value("q-1") == "1");
  BOOST_TEST(kinds() == "result");
  BOOST_TEST(events() == "result");
  BOOST_TEST(ask("SELECT count(*) FROM v_unmatched") == "0");
  check_stats();
}

// created_at of other programs: none, one in the past, and what is not a time.
BOOST_AUTO_TEST_CASE(a_late_match_does_not_depend_on_created_at)
{
  int number = 0;
  for (const char* created_at : {"NULL", "'2020-01-01T00:00:00.000Z'", "'2026-10-05T12:00:00+02:00Z'"}) {
    const std::string id = "q-" + std::to_string(++number);
    keep(postback_of(result_of(id), clock.now()));
    tell("INSERT OR REPLACE INTO queries (query_id, created_at) VALUES ('" + id + "', " + created_at + ")");
    BOOST_TEST(ask("SELECT state FROM v_queries WHERE query_id = '" + id + "'") == "answered");
    BOOST_TEST(ask("SELECT count(*) FROM v_events WHERE query_id = '" + id +
                   "' AND abs(julianday(created_at) - julianday('now')) < 0.01") == "1");
    BOOST_TEST(ask("SELECT abs(julianday(answered_at) - julianday('now')) < 0.01 FROM v_queries WHERE "
                   "query_id = '" +
                   id + "'") == "1");
  }
}

BOOST_AUTO_TEST_CASE(an_identical_repeat_is_counted_and_gets_the_first_receipt)
{
  registered("q-1");
  const auto first = keep(postback_of(result_of("q-1"))).value();
  const auto again = keep(postback_of(result_of("q-1"))).value();
  BOOST_TEST(again.repeat);
  BOOST_TEST(again.receipt == first.receipt);
  BOOST_TEST(ask("SELECT repeats FROM v_postbacks") == "1");
  BOOST_TEST(events() == "result");
  check_stats();
}

BOOST_AUTO_TEST_CASE(fifty_repeats_at_once_are_one_postback)
{
  registered("q-1");
  std::vector<model::Postback> same(50, postback_of(result_of("q-1")));
  std::set<model::Receipt> receipts;
  for (const auto& outcome : keep_all(same))
    receipts.insert(outcome.value().receipt);
  BOOST_TEST(receipts.size() == 1u);
  BOOST_TEST(ask("SELECT repeats FROM v_postbacks") == "49");
  BOOST_TEST(events() == "result");
}

BOOST_AUTO_TEST_CASE(repeats_of_what_has_no_query_are_one_postback_too)
{
  for (const std::string& body :
       {result_of("stranger"), std::string("garbage"), std::string(R"({"Result":[1]})")}) {
    const auto first = keep(postback_of(body)).value();
    BOOST_TEST(keep(postback_of(body)).value().receipt == first.receipt);
  }
  model::Postback elsewhere = postback_of("garbage");
  elsewhere.route = "/other";
  BOOST_TEST(!keep(elsewhere).value().repeat);
  BOOST_TEST(ask("SELECT count(*) FROM v_postbacks") == "4");
  check_stats();
}

BOOST_AUTO_TEST_CASE(a_result_replaces_a_notice)
{
  registered("q-1");
  BOOST_TEST((kept(notice_of("q-1")) == PostbackKind::notice));
  BOOST_TEST(state("q-1") == "notified");
  BOOST_TEST(ask("SELECT count(*) FROM v_pending") == "1");
  BOOST_TEST((kept(result_of("q-1")) == PostbackKind::result));
  BOOST_TEST(state("q-1") == "answered");
  BOOST_TEST(events() == "notice result");
  check_stats();
}

BOOST_AUTO_TEST_CASE(a_notice_never_replaces_a_result)
{
  registered("q-1");
  kept(result_of("q-1"));
  BOOST_TEST((kept(notice_of("q-1")) == PostbackKind::notice));
  BOOST_TEST(state("q-1") == "answered");
  BOOST_TEST(value("q-1") == "1");
  BOOST_TEST(events() == "result");
  check_stats();
}

BOOST_AUTO_TEST_CASE(a_second_different_result_is_kept_and_flagged)
{
  registered("q-1");
  kept(result_of("q-1", "first"));
  BOOST_TEST((kept(result_of("q-1", "second")) == PostbackKind::extra));
  BOOST_TEST(value("q-1") == "first");
  BOOST_TEST(events() == "result extra");
  check_stats();
}

BOOST_AUTO_TEST_CASE(what_came_before_the_query_is_sorted_in_its_order)
{
  for (const std::string& body :
       {notice_of("q-1"), broken, result_of("q-1", "first"), result_of("q-1", "second"), result_of("q-2")})
    kept(body);
  BOOST_TEST(kinds() == "unmatched undecodable unmatched unmatched unmatched");
  registered("q-1");
  BOOST_TEST(kinds() == "notice undecodable result extra unmatched");
  BOOST_TEST(value("q-1") == "first");
  BOOST_TEST(events() == "result extra"); // the notice is no news where the answer is there
  BOOST_TEST(ask("SELECT count(*) FROM v_unmatched") == "1");
  check_stats();
}

BOOST_AUTO_TEST_CASE(a_notice_that_comes_first_marks_the_query)
{
  kept(notice_of("q-1"));
  registered("q-1");
  BOOST_TEST(state("q-1") == "notified");
  kept(result_of("q-1"));
  BOOST_TEST(state("q-1") == "answered");
  check_stats();
}

BOOST_AUTO_TEST_CASE(what_cannot_be_read_is_matched_but_answers_nothing)
{
  registered("q-1");
  BOOST_TEST((kept(broken) == PostbackKind::undecodable));
  BOOST_TEST(state("q-1") == "pending");
  BOOST_TEST(ask("SELECT count(*) FROM v_unmatched") == "0");
  BOOST_TEST((kept(broken) == PostbackKind::undecodable));
  BOOST_TEST(ask("SELECT repeats FROM v_postbacks") == "1");
  BOOST_TEST((kept(result_of("q-1")) == PostbackKind::result));
  BOOST_TEST(events() == "result");
  BOOST_TEST(ask("SELECT json IS NULL FROM v_bodies ORDER BY receipt") == "1");
  check_stats();
}

BOOST_AUTO_TEST_CASE(registering_again_is_a_no_op_in_every_form_and_state)
{
  registered("q-1");
  registered("q-2");
  kept(result_of("q-2"));
  kept(notice_of("q-1"));
  const std::string before = ask("SELECT group_concat(query_id || state || created_at) FROM v_queries");
  for (const char* id : {"q-1", "Q-2"})
    for (const char* form : {"INSERT", "INSERT OR IGNORE", "INSERT OR REPLACE"})
      BOOST_TEST(tell(std::string(form) + " INTO queries (query_id, label) VALUES ('" + id + "', 'again')") ==
                 0);
  BOOST_TEST(ask("SELECT group_concat(query_id || state || created_at) FROM v_queries") == before);
  BOOST_TEST(ask("SELECT registered FROM v_stats") == "2");
  check_stats();
}

BOOST_AUTO_TEST_CASE(a_plain_insert_gets_its_deadline_from_the_configuration)
{
  store.reset();
  options.deadline = std::chrono::seconds(90);
  open();
  registered("q-1");
  BOOST_TEST(ask("SELECT round((julianday(deadline_at) - julianday(created_at)) * 86400) FROM v_queries") ==
             "90.0");
  tell("INSERT INTO queries (query_id, deadline_at) VALUES ('q-2', '2020-01-01T00:00:00.000Z')");
  BOOST_TEST(ask("SELECT query_id FROM v_overdue") == "q-2");
}

BOOST_AUTO_TEST_CASE(an_event_for_strangers_is_written_only_where_the_route_asks)
{
  model::Postback stranger = postback_of(result_of("q-1"));
  stranger.deliver_unmatched = true;
  keep(stranger).value();
  keep(stranger).value();
  kept(result_of("q-2"));
  BOOST_TEST(events() == "unmatched");
}

BOOST_AUTO_TEST_CASE(a_result_of_the_log_is_a_recovered_one)
{
  for (const bool before : {true, false}) {
    const std::string id = before ? "q-1" : "q-2";
    if (before) registered(id);
    model::Postback found = postback_of(result_of(id));
    found.source = model::PostbackSource::log;
    keep(found).value();
    if (!before) registered(id);
    BOOST_TEST(state(id) == "recovered");
  }
  BOOST_TEST(events() == "recovered recovered");
  registered("q-3");
  BOOST_TEST((kept(result_of("q-1", "late")) == PostbackKind::extra));
}

BOOST_AUTO_TEST_CASE(the_same_bytes_read_in_another_way_are_no_repeat)
{
  registered("q-1");
  model::Postback mislabelled = postback_of(result_of("q-1"));
  mislabelled.content_type = "text/plain; charset=bogus";
  mislabelled.envelope = model::decode({mislabelled.raw, mislabelled.content_type, ""}, {});
  BOOST_TEST((keep(mislabelled).value().kind == PostbackKind::undecodable));
  BOOST_TEST((kept(result_of("q-1")) == PostbackKind::result));
  BOOST_TEST(state("q-1") == "answered");
}

BOOST_AUTO_TEST_CASE(a_query_id_guessed_from_broken_json_decides_nothing)
{
  const std::string correlation = expected("mine");
  tell("INSERT INTO queries (query_id) VALUES ('in-a-note')");
  kept_by(correlation, R"({"Result":[{"note":"see "}],"QueryId":"in-a-note","x":"1"}],"QueryId":"true-id"})");
  BOOST_TEST((kept_by(correlation, result_of("true-id")) == PostbackKind::result));
  BOOST_TEST(state("true-id") == "answered");
  BOOST_TEST(state("in-a-note") == "pending");
}

// The writer remembers the rows of the last queries; what it remembers may be gone, or be another query by
// now.
BOOST_AUTO_TEST_CASE(a_query_that_was_deleted_or_replaced_is_not_remembered)
{
  registered("q-1");
  registered("q-2");
  kept("learns of both");
  tell("DELETE FROM queries WHERE query_id = 'q-1'");
  tell("UPDATE queries SET query_id = 'q-3' WHERE query_id = 'q-2'");
  tell("INSERT INTO queries (id, query_id) VALUES (1, 'q-4')");
  BOOST_TEST((kept(result_of("q-1")) == PostbackKind::unmatched));
  BOOST_TEST((kept(result_of("q-2")) == PostbackKind::unmatched));
  BOOST_TEST((kept(result_of("Q-3")) == PostbackKind::result));
  BOOST_TEST((kept(result_of("q-4")) == PostbackKind::result));
}

BOOST_AUTO_TEST_CASE(a_query_is_found_whether_it_is_remembered_or_not)
{
  tell("INSERT INTO queries (query_id) WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE "
       "i < 3000) "
       "SELECT 'q-' || i FROM n");
  for (int i = 3000; i > 0; i -= 60) // more than a group reads at once
    BOOST_TEST((kept(result_of("q-" + std::to_string(i))) == PostbackKind::result), i);
}

BOOST_AUTO_TEST_SUITE_END()
