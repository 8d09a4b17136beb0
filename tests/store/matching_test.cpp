// Matching, in every order: "What must always hold" 3 and 4, and "Words with one meaning" of ARCHITECTURE.md.
#include <boost/test/unit_test.hpp>

#include <regex>
#include <set>

#include "model/correlation.hpp"
#include "store/store_fixture.hpp"

using namespace postbackd;
using namespace postbackd::test;
using model::PostbackKind;

namespace
{

struct MatchingFixture : StoreFixture {
  MatchingFixture() { open(); }

  PostbackKind kept(const std::string& body) { return keep(postback_of(body)).value().kind; }
  PostbackKind kept_by(const std::string& correlation, const std::string& body)
  {
    model::Postback postback = postback_of(body);
    postback.correlation = correlation;
    return keep(postback).value().kind;
  }
  void registered(const std::string& query_id)
  {
    tell("INSERT INTO queries (query_id) VALUES ('" + query_id + "')");
  }
  std::string expected(const std::string& label)
  {
    const std::string correlation = model::new_correlation();
    tell("INSERT INTO queries (correlation, label) VALUES ('" + correlation + "', '" + label + "')");
    return correlation;
  }
  std::string state(const std::string& query_id)
  {
    return ask("SELECT state FROM v_queries WHERE query_id = '" + query_id + "'");
  }
  std::string value(const std::string& query_id)
  {
    return ask("SELECT json ->> '$.Result[0].value' FROM v_results WHERE query_id = '" + query_id + "'");
  }
  // All kinds in the order of their receipts.
  std::string kinds()
  {
    return ask("SELECT group_concat(kind, ' ') FROM (SELECT kind FROM v_postbacks ORDER BY receipt)");
  }
  std::string events()
  {
    return ask(
        "SELECT coalesce(group_concat(event, ' '), '') FROM (SELECT event FROM v_events ORDER BY seq)");
  }

  std::string plan(const std::string& sql)
  {
    store::sqlite::Connection reader = connect(store::sqlite::Connection::Mode::read);
    SQLite::Statement statement(reader.database(), "EXPLAIN QUERY PLAN " + sql);
    std::string text;
    while (statement.executeStep())
      text += statement.getColumn(3).getString() + "\n";
    return text;
  }

  // The counters that are kept as things happen are those that a count over the rows gives.
  void check_stats()
  {
    BOOST_TEST(
        ask("SELECT group_concat(results || ' ' || notices || ' ' || extras || ' ' || unmatched || ' ' || "
            "undecodable || ' ' || repeats || ' ' || registered) FROM v_stats") ==
        ask("SELECT sum(kind = 'result') || ' ' || sum(kind = 'notice') || ' ' || sum(kind = 'extra') || ' ' "
            "|| "
            "sum(kind = 'unmatched') || ' ' || sum(kind = 'undecodable') || ' ' || sum(repeats) || ' ' || "
            "(SELECT count(*) FROM v_queries) FROM v_postbacks"));
  }
};

const std::string broken = R"({"QueryId":"q-1","Result":[}})";

} // namespace

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
  BOOST_TEST(events() == "result");
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
  BOOST_TEST(events() == "result"); // the notice is no news where the answer is there
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
  BOOST_TEST(
      ask("SELECT count(*) FROM v_unmatched WHERE problem = 'its QueryId belongs to another query than its "
          "URL'") == "3");
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

BOOST_AUTO_TEST_CASE(history_is_searched_no_further_than_look_back)
{
  registered("q-1");
  kept(result_of("q-1"));
  clock.advance(std::chrono::days(29));
  BOOST_TEST(keep(postback_of(result_of("q-1"), clock.now())).value().repeat);
  clock.advance(std::chrono::days(3));
  const auto late = keep(postback_of(result_of("q-1"), clock.now())).value();
  BOOST_TEST(!late.repeat);
  BOOST_TEST((late.kind == PostbackKind::unmatched));
}

BOOST_AUTO_TEST_CASE(receipts_grow_also_when_the_clock_goes_back)
{
  model::Receipt last = 0;
  for (int i = 0; i < 5; ++i) {
    const auto receipt = keep(postback_of(result_of("q-" + std::to_string(i)))).value().receipt;
    BOOST_TEST(receipt > last);
    last = receipt;
    clock.advance(std::chrono::hours(-1));
  }
  store.reset();
  open();
  BOOST_TEST(keep(postback_of(result_of("q-9"))).value().receipt > last);
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

BOOST_AUTO_TEST_CASE(a_query_id_guessed_from_broken_json_decides_nothing)
{
  const std::string correlation = expected("mine");
  tell("INSERT INTO queries (query_id) VALUES ('in-a-note')");
  kept_by(correlation, R"({"Result":[{"note":"see "}],"QueryId":"in-a-note","x":"1"}],"QueryId":"true-id"})");
  BOOST_TEST((kept_by(correlation, result_of("true-id")) == PostbackKind::result));
  BOOST_TEST(state("true-id") == "answered");
  BOOST_TEST(state("in-a-note") == "pending");
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

BOOST_AUTO_TEST_CASE(a_query_id_with_many_postbacks_costs_no_more_than_one_with_few)
{
  // No plan fetches the postbacks of a QueryId one by one: the digest is part of the search.
  BOOST_TEST(plan("SELECT receipt FROM postbacks WHERE day = 'd' AND query_id = 'q' AND mark = x'00'")
                 .find("mark=?") != std::string::npos);
  BOOST_TEST(plan("SELECT * FROM v_unmatched").find("postbacks_unmatched") != std::string::npos);
}

// Registered before look_back, answered within it: a repeat is one, and something else is an extra.
BOOST_AUTO_TEST_CASE(a_query_older_than_look_back_is_found_by_its_answer)
{
  tell("INSERT INTO queries (query_id, created_at, deadline_at) VALUES ('old', "
       "strftime('%Y-%m-%dT%H:%M:%fZ', 'now', '-60 days'), '2999-01-01T00:00:00.000Z')");
  const auto first = keep(postback_of(result_of("old"))).value();
  BOOST_TEST((first.kind == model::PostbackKind::result));
  const auto again = keep(postback_of(result_of("old"))).value();
  BOOST_TEST(again.repeat);
  BOOST_TEST(again.receipt == first.receipt);
  BOOST_TEST((keep(postback_of(result_of("old", "2"))).value().kind == model::PostbackKind::extra));
}

BOOST_AUTO_TEST_CASE(every_byte_that_came_is_there)
{
  std::string all = "{\"QueryId\":\"q-1\",\"x\":\"";
  for (int byte = 0x20; byte < 256; ++byte)
    if (byte != '"' && byte != '\\') all += static_cast<char>(byte);
  all += "\"}";
  for (const std::string& body :
       {all, std::string(300, '\0'), std::string(), std::string("\xEF\xBB\xBF{}")}) {
    const auto receipt = keep(postback_of(body)).value().receipt;
    BOOST_TEST(ask("SELECT hex(raw) FROM v_bodies WHERE receipt = " + std::to_string(receipt)) ==
               ask("SELECT upper('" + base::to_hex(body) + "')"));
    BOOST_TEST(ask("SELECT sha256 FROM v_postbacks WHERE receipt = " + std::to_string(receipt)) ==
               base::to_hex(base::sha256(body)));
  }
  registered("q-1");
  BOOST_TEST(ask("SELECT json_valid(json) FROM v_results") == "1");
}

BOOST_AUTO_TEST_CASE(what_users_ask_by_query_id_is_a_search_and_never_a_walk)
{
  for (const char* view : {"v_queries", "v_results", "v_postbacks", "v_pending"})
    BOOST_TEST(
        !std::regex_search(plan(std::string("SELECT * FROM ") + view + " WHERE query_id = 'x'"),
                           std::regex("SCAN (?!\\(subquery)")), // the pieces of one body, found by its number
        view);
}

// Many thousand pages through the WAL: checkpoints happen, the WAL stays bounded, nothing is lost.
BOOST_AUTO_TEST_CASE(the_wal_is_bounded_under_a_steady_load)
{
  const std::string filling(60'000, 'x');
  for (int i = 0; i < 60; ++i) {
    std::vector<model::Postback> many;
    for (int j = 0; j < 50; ++j)
      many.push_back(postback_of(result_of("q-" + std::to_string(i * 50 + j), filling)));
    for (const auto& outcome : keep_all(many))
      BOOST_REQUIRE(outcome.has_value());
  }
  BOOST_TEST(std::filesystem::file_size(options.path.string() + "-wal") < 90u << 20);
  BOOST_TEST(ask("SELECT count(*) FROM v_postbacks") == "3000");
  BOOST_TEST(ask("PRAGMA integrity_check") == "ok");
}

BOOST_AUTO_TEST_CASE(a_reader_of_another_programs_rules_cannot_break_a_state)
{
  BOOST_CHECK_THROW(tell("INSERT INTO queries (query_id, state) VALUES ('q-1', 'odd')"), SQLite::Exception);
  BOOST_CHECK_THROW(tell("INSERT INTO queries (query_id) VALUES ('')"), SQLite::Exception);
  BOOST_CHECK_THROW(tell("INSERT INTO queries (label) VALUES ('neither')"), SQLite::Exception);
  BOOST_CHECK_THROW(tell("INSERT INTO queries (query_id, deadline_at) VALUES ('q', 'tomorrow')"),
                    SQLite::Exception);
}

BOOST_AUTO_TEST_SUITE_END()
