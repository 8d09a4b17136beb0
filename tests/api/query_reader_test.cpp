// The bodies of POST /v1/queries, /v1/hooks and …/close.
#include <boost/test/unit_test.hpp>

#include "api/problem.hpp"
#include "api/query_reader.hpp"
#include "support/made_request.hpp"
#include "text/time.hpp"

using namespace postbackd;
using namespace postbackd::test;
using namespace std::chrono_literals;

namespace
{

const base::TimePoint now = *text::parse_time("2026-01-01T00:00:00Z");

api::Client client()
{
  api::Client one;
  one.name = "crm";
  return one;
}

auto read(const std::string& body, std::vector<http::Field> fields = {})
{
  const MadeRequest made(body, std::move(fields));
  return api::read_query(made.request, client(), {600s, now});
}

// Returns the problem of a body, or an empty text.
std::string refusal_of(const std::string& body, std::vector<http::Field> fields = {})
{
  try {
    read(body, std::move(fields));
  } catch (const api::BadRequest& e) {
    return e.response().body;
  }
  return {};
}

} // namespace

BOOST_AUTO_TEST_SUITE(query_reader)

BOOST_AUTO_TEST_CASE(a_query_id_registers)
{
  const auto query = std::get<model::Query>(read(
      R"({"query_id":"Q-1","label":"l","api":"people","datasets":"d","metadata":{"a":1},"deadline":"10m"})",
      {{"Idempotency-Key", "k"}}));
  BOOST_TEST(query.query_id.value() == "Q-1");
  BOOST_TEST(!query.correlation);
  BOOST_TEST(query.label.value() == "l");
  BOOST_TEST(query.api.value() == "people");
  BOOST_TEST(query.datasets.value() == "d");
  BOOST_TEST(query.metadata.value() == R"({"a":1})");
  BOOST_TEST(query.key.value() == "k");
  BOOST_TEST(query.client == "crm");
  BOOST_TEST((query.deadline_at.value() == now + 10min));
  BOOST_TEST(!std::get<model::Query>(read(R"({"query_id":"Q-1","label":null})")).label);
}

BOOST_AUTO_TEST_CASE(a_q_submits)
{
  const auto submission = std::get<model::Submission>(
      read(R"({"api":"people","datasets":"basic_data","q":"doc{52998224725}","max_age":"24h"})"));
  BOOST_TEST(submission.q == "doc{52998224725}");
  BOOST_TEST(submission.client == "crm");
  BOOST_TEST((submission.deadline == 600s)); // the default
  BOOST_TEST((submission.max_age.value() == 24h));
}

// "Exemplos" and "Parâmetros Adicionais" of the asynchronous API, as they are printed.
BOOST_AUTO_TEST_CASE(the_documents_own_bodies_are_taken)
{
  const auto first = std::get<model::Submission>(read(R"({
"Datasets": "basic_data",
"q": "doc{xxxxxxxxxxx}",
"api": "people",
"hooks": "web{[seu endereço de postback]}",
})"));
  BOOST_TEST(first.api == "people");
  BOOST_TEST(first.datasets == "basic_data");
  BOOST_TEST(first.q == "doc{xxxxxxxxxxx}");
  const auto second = std::get<model::Submission>(read(R"({
"Api": "validations",
"Datasets": "ondemand_phone_operator",
"q": "phone{XXXXXXXXXXX}",
"Hooks": "web{SEU_WEB_SERVER}, authorizationkey{key}, authorizationtoken{token}"
})"));
  BOOST_TEST(second.api == "validations");
  const auto text = std::get<model::Submission>(
      read(R"({"api":"people","datasets":"d","q":"doc{1}","label":"a,} \",]","metadata":{"a":[1, ] , } ,})"));
  BOOST_TEST(text.label.value() == R"(a,} ",])");
  BOOST_TEST(text.metadata.value() == R"({"a":[1]})");
}

BOOST_AUTO_TEST_CASE(further_parameters_are_taken_as_they_are)
{
  const auto submission = std::get<model::Submission>(read(
      R"({"api":"people","datasets":"d","q":"doc{1}","parameters":{"Limit":1,"Tags":{"order":"4711"}}})"));
  BOOST_TEST(submission.parameters.value() == R"({"Limit":1,"Tags":{"order":"4711"}})");
}

BOOST_AUTO_TEST_CASE(the_trace_of_the_request_is_kept)
{
  const std::string parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
  const auto of = [](std::vector<http::Field> fields) {
    return std::get<model::Query>(read(R"({"query_id":"a"})", std::move(fields))).trace.value_or("-");
  };
  BOOST_TEST(of({{"traceparent", parent}, {"tracestate", "a=1"}, {"Tracestate", "b=2"}}) ==
             parent + " a=1,b=2");
  BOOST_TEST(of({{"traceparent", "00-xyz"}, {"tracestate", "a=1"}}) == "-");
  BOOST_TEST(of({{"traceparent", parent}, {"TraceParent", parent}}) == "-");
  BOOST_TEST(of({}) == "-");
}

BOOST_AUTO_TEST_CASE(a_wrong_body_is_refused_with_its_member)
{
  struct Row {
    const char* body;
    const char* said;
  };
  const std::vector<Row> rows{
      {"", "not JSON"},
      {"[1]", "not a JSON object"},
      {"{}", "query_id"},
      {R"({"query_id":"a","q":"b"})", "not both"},
      {R"({"query_id":"a","parameters":{}})", "it goes with q"},
      {R"({"api":"people","datasets":"d","q":"doc{1}","parameters":[]})", "expected a JSON object"},
      {R"({"api":"people","datasets":"d","q":"doc{1}","parameters":{"DATASETS":"x"}})",
       "a member of the request already"},
      {R"({"api":"people","datasets":"d","q":"doc{1}","parameters":{"Limit":1,"limit":2}})",
       "\"field\":\"parameters\""},
      {R"({"Query_Id":"a","query_id":"a"})", "twice"},
      {R"({"query_id":"a",,})", "not JSON"},
      {R"({"query_id":"a","query_id":"a"})", "twice"},
      {R"({"query_id":"a","lable":"b"})", "unknown member"},
      {R"({"query_id":1})", "expected a text"},
      {R"({"query_id":""})", "1 to 128"},
      {R"({"query_id":"a b"})", "without blanks"},
      {R"({"query_id":"doc{1}"})", "braces"},
      {R"({"query_id":"a","max_age":"1h"})", "it goes with q"},
      {R"({"q":"doc{1}","id":"x"})", "it goes with query_id"},
      {R"({"query_id":"a","id":"not of hooks"})", "POST /v1/hooks"},
      {R"({"query_id":"a","label":"\u0007"})", "control characters"},
      {R"({"query_id":"a","metadata":[1]})", "expected a JSON object"},
      {R"({"query_id":"a","deadline":"soon"})", "expected a duration"},
      {R"({"query_id":"a","deadline":"367d"})", "expected a duration"},
      {R"({"query_id":"a","deadline":"2025-12-31T00:00:00Z"})", "expected a duration"},
      {R"({"api":"people","datasets":"d","q":"doc{1}","max_age":"367d"})", "at most a year"},
      {R"({"api":"nobody","datasets":"d","q":"doc{1}"})", "\"field\":\"api\""},
  };
  for (const Row& row : rows) {
    const std::string said = refusal_of(row.body);
    BOOST_TEST(said.find(row.said) != std::string::npos, row.body << ": " << said);
  }
  const std::string large = R"({"query_id":"a","metadata":{"a":")" + std::string(4'096, 'x') + "\"}}";
  BOOST_TEST(refusal_of(large).find("at most 4096 bytes") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_wrong_idempotency_key_is_refused)
{
  const std::string body = R"({"query_id":"a"})";
  BOOST_TEST(refusal_of(body, {{"Idempotency-Key", "k"}}) == "");
  BOOST_TEST(refusal_of(body, {{"idempotency-key", ""}}).find("1 to 1024") != std::string::npos);
  BOOST_TEST(refusal_of(body, {{"Idempotency-Key", "\xFF"}}).find("UTF-8") != std::string::npos);
  BOOST_TEST(refusal_of(body, {{"Idempotency-Key", "a"}, {"Idempotency-Key", "a"}}).find("twice") !=
             std::string::npos);
}

BOOST_AUTO_TEST_CASE(hooks_take_a_route_and_no_query_id)
{
  const MadeRequest made(R"({"route":"/hook","label":"l"})");
  const api::HooksOrder order = api::read_hooks(made.request, client(), {600s, now});
  BOOST_TEST(order.route.value() == "/hook");
  BOOST_TEST(order.query.label.value() == "l");
  const MadeRequest wrong(R"({"query_id":"a"})");
  BOOST_CHECK_THROW(api::read_hooks(wrong.request, client(), {600s, now}), api::BadRequest);
}

BOOST_AUTO_TEST_CASE(closing_needs_a_reason)
{
  BOOST_TEST(api::read_reason(MadeRequest(R"({"reason":"twice"})").request) == "twice");
  for (const char* wrong :
       {"{}", R"({"reason":""})", R"({"reason":null})", R"({"reason":5})", R"({"why":"x"})"})
    BOOST_CHECK_THROW(api::read_reason(MadeRequest(wrong).request), api::BadRequest);
}

BOOST_AUTO_TEST_SUITE_END()
