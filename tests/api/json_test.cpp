// Facts that are absent have no member.
#include <boost/test/unit_test.hpp>

#include "api/json.hpp"
#include "text/time.hpp"

using namespace postbackd;

namespace
{

const base::TimePoint then = *text::parse_time("2026-01-01T00:00:00Z");

} // namespace

BOOST_AUTO_TEST_SUITE(json)

BOOST_AUTO_TEST_CASE(a_query_has_what_is_known_of_it)
{
  store::QueryRecord query;
  query.query_id = "Q-1";
  query.created_at = then;
  query.deadline_at = then;
  BOOST_TEST(api::to_json(query) ==
             R"({"id":"Q-1","query_id":"Q-1","state":"pending",)"
             R"("created_at":"2026-01-01T00:00:00.000Z","deadline_at":"2026-01-01T00:00:00.000Z"})");
  query.label = "a \"label\"";
  query.metadata = R"({"a":1})";
  query.receipt = 7;
  const std::string json = api::to_json(query);
  BOOST_TEST(json.find(R"("label":"a \"label\"","metadata":{"a":1})") != std::string::npos, json);
  BOOST_TEST(json.find(R"("receipt":7)") != std::string::npos, json);
}

BOOST_AUTO_TEST_CASE(an_event_has_its_number_and_its_word)
{
  model::Event event;
  event.id = 12;
  event.kind = model::EventKind::overdue;
  event.own_id = "Q-1";
  event.created_at = then;
  BOOST_TEST(api::to_json(event) ==
             R"({"seq":12,"event":"overdue","id":"Q-1","created_at":"2026-01-01T00:00:00.000Z"})");
}

BOOST_AUTO_TEST_CASE(a_handler_has_its_circuit)
{
  store::HandlerRecord handler;
  handler.name = "crm";
  handler.kind = "http";
  handler.open = true;
  handler.failures = 5;
  handler.active = false;
  BOOST_TEST(api::to_json(handler, "") ==
             R"({"name":"crm","kind":"http","circuit":"open","failures":5,"backlog":0,"active":false})");
}

BOOST_AUTO_TEST_SUITE_END()
