// What a long history and other programs must not change: cost, order, bytes, states.
#include <boost/test/unit_test.hpp>

#include <regex>
#include <set>

#include "store/matching_fixture.hpp"
#include "store/tables/queries/query_selection.hpp"

using namespace postbackd;
using namespace postbackd::test;
using model::PostbackKind;

BOOST_FIXTURE_TEST_SUITE(history, MatchingFixture)

BOOST_AUTO_TEST_CASE(a_repeat_is_one_at_any_age)
{
  registered("q-1");
  kept(result_of("q-1"));
  kept(result_of("stranger"));
  kept("garbage");
  clock.advance(std::chrono::days(400));
  for (const std::string& body : {result_of("q-1"), result_of("stranger"), std::string("garbage")})
    BOOST_TEST(keep(postback_of(body, clock.now())).value().repeat);
  registered("stranger");
  BOOST_TEST(ask("SELECT state FROM v_queries WHERE query_id = 'stranger'") == "answered");
}

// However long the history is, a list is soon there.
BOOST_AUTO_TEST_CASE(each_filter_of_a_list_finds_its_rows_by_an_index)
{
  open();
  std::vector<store::QuerySelection> filters{{.receipt = 1}};
  for (int state = 0; state <= int(model::QueryState::joined); ++state)
    if (model::QueryState(state) != model::QueryState::answered)
      filters.push_back({.state = model::QueryState(state)});
  for (auto member : {&store::QuerySelection::label, &store::QuerySelection::key, &store::QuerySelection::api,
                      &store::QuerySelection::group, &store::QuerySelection::client})
    filters.emplace_back().*member = "x";
  for (std::size_t i = 0, count = filters.size(); i < count; ++i) { // and a page of it, or of a time
    filters.push_back(filters[i]);
    filters.back().before = 1;
    filters.back().since = filters.back().until = clock.now();
  }
  auto reader = connect(store::sqlite::Connection::Mode::read);
  for (const store::QuerySelection& filter : filters) {
    const std::string sql = store::tables::selection_sql(filter);
    SQLite::Statement plan(reader.database().raw(), "EXPLAIN QUERY PLAN " + sql);
    while (plan.executeStep()) {
      const std::string step = plan.getColumn(3).getString();
      const auto says = [&](const char* what) { return step.find(what) != std::string::npos; };
      const bool walks = says("SCAN") && !says(" USING ");
      BOOST_TEST((!walks && !says("PRIMARY KEY (rowid>") && !says("PRIMARY KEY (rowid<")), sql + ": " + step);
    }
  }
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

BOOST_AUTO_TEST_CASE(a_query_id_with_many_postbacks_costs_no_more_than_one_with_few)
{
  // No plan fetches the postbacks of a QueryId one by one: the digest is part of the search.
  BOOST_TEST(
      plan("SELECT receipt FROM postbacks WHERE query_row IS NULL AND query_id IS 'q' AND mark = x'00'")
          .find("mark=?") != std::string::npos);
  BOOST_TEST(plan("SELECT receipt FROM postbacks WHERE query_row = 1 AND kind <> 'result' AND mark = x'00'")
                 .find("mark=?") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(the_last_rows_of_a_list_are_read_in_order_and_not_sorted)
{
  for (const char* view : {"v_postbacks", "v_unmatched"}) {
    const std::string steps = plan(std::string("SELECT * FROM ") + view + " ORDER BY receipt DESC LIMIT 20");
    BOOST_TEST(steps.find("TEMP B-TREE") == std::string::npos, steps);
    BOOST_TEST(steps.find("postbacks_unmatched_in_order") != std::string::npos, steps);
  }
}

BOOST_AUTO_TEST_CASE(a_query_of_any_age_is_answered_once)
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
  std::string all = "{\"QueryId\":\"q-1\",\"Result\":\"";
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
