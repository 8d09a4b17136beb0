// What handlers are given of events that have no postback.
#include <boost/test/unit_test.hpp>

#include "store/event_document.hpp"

using namespace postbackd;
using model::EventKind;

BOOST_AUTO_TEST_SUITE(event_documents)

BOOST_AUTO_TEST_CASE(of_a_query_that_is_without_a_result)
{
  struct Row {
    model::Event event;
    std::string document;
  };
  model::Event known{.kind = EventKind::overdue};
  known.own_id = "id";
  known.query_id = "q-1";
  known.label = "a \"label\"";
  known.key = "k";
  known.metadata = R"({"a":[1]})";
  known.api = "people";
  known.group = "g";
  known.datasets = "d";
  model::Event refused{.kind = EventKind::failed};
  refused.own_id = "id";
  refused.code = -131;
  refused.message = "no credit";
  for (
      const Row& row :
      {Row{{.kind = EventKind::lost}, R"({"Event":"lost"})"},
       {known,
        R"({"Event":"overdue","Id":"id","QueryId":"q-1","Label":"a \"label\"","Key":"k","Metadata":{"a":[1]},"Api":"people","Group":"g","Datasets":"d"})"},
       {refused, R"({"Event":"failed","Id":"id","Code":-131,"Message":"no credit"})"}})
    BOOST_TEST(store::document_of(row.event) == row.document);
}

BOOST_AUTO_TEST_CASE(of_an_object_of_the_queue)
{
  const auto of = [](const std::string& request) {
    return store::document_of(store::QueueObjectFacts{"o-1", "ticket-create", request});
  };
  BOOST_TEST(of(R"({"action":"x","data":{"b":1}})") ==
             R"({"id":"o-1","action":"ticket-create","data":{"b":1}})");
  for (const char* request : {"{}", "", "{\"data\":", "[1]"})
    BOOST_TEST(of(request) == R"({"id":"o-1","action":"ticket-create","data":null})", request);
}

BOOST_AUTO_TEST_CASE(of_an_app_event_whose_user_may_be_gone)
{
  store::AppEventFacts event{"u", "opened", std::nullopt, "2026-01-31", "App", "52998224725", 1};
  BOOST_TEST(
      store::document_of(event) ==
      R"({"userId":"u","eventName":"opened","eventValue":null,"eventDate":"2026-01-31","appName":"App","document":"52998224725","documentType":1})");
  event.event_value = "v";
  event.document.reset();
  event.document_type.reset();
  BOOST_TEST(
      store::document_of(event) ==
      R"({"userId":"u","eventName":"opened","eventValue":"v","eventDate":"2026-01-31","appName":"App","document":null,"documentType":null})");
}

BOOST_AUTO_TEST_CASE(of_an_alert_at_its_beginning_also_when_it_is_over)
{
  store::AlertFacts alert{"dead", "crm", true, "dead deliveries: 1", "B", "E"};
  BOOST_TEST(
      store::document_of(alert, true) ==
      R"({"Event":"alert","Name":"dead","State":"began","Handler":"crm","Critical":true,"What":"dead deliveries: 1","BeganAt":"B","EndedAt":null})");
  alert.handler.clear();
  BOOST_TEST(
      store::document_of(alert, false) ==
      R"({"Event":"alert","Name":"dead","State":"ended","Handler":null,"Critical":true,"What":"dead deliveries: 1","BeganAt":"B","EndedAt":"E"})");
}

BOOST_AUTO_TEST_CASE(of_a_group_that_has_its_end)
{
  store::GroupRecord group;
  group.name = "g";
  group.client = "shop";
  group.queries = 5;
  group.open = 0;
  BOOST_TEST(store::document_of(group, 2) ==
             R"({"Event":"group","Group":"g","Client":"shop","Queries":5,"Open":0,"GivenUp":2})");
}

BOOST_AUTO_TEST_SUITE_END()
