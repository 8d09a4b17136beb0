#pragma once

#include "model/correlation.hpp"
#include "store/store_fixture.hpp"

namespace postbackd::test
{

// An open store, and short ways to register, keep and look.
struct MatchingFixture : StoreFixture {
  MatchingFixture() { open(); }

  model::PostbackKind kept(const std::string& body) { return keep(postback_of(body)).value().kind; }
  model::PostbackKind kept_by(const std::string& correlation, const std::string& body)
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
    sqlite::Connection reader = connect(sqlite::Connection::Mode::read);
    SQLite::Statement statement(reader.database().raw(), "EXPLAIN QUERY PLAN " + sql);
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

inline const std::string broken = R"({"QueryId":"q-1","Result":[}})";

} // namespace postbackd::test
