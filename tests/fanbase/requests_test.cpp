// What callers of the queue and of the app send (Update Fandata, Webhook Ingressos, Eventos APP).
#include <boost/test/unit_test.hpp>

#include "fanbase/app_request.hpp"
#include "fanbase/messages.hpp"
#include "fanbase/queue_order.hpp"
#include "support/made_request.hpp"
#include "text/time.hpp"

using namespace postbackd;
using namespace postbackd::test;
using namespace std::chrono_literals;

namespace
{

const base::TimePoint now = *text::parse_time("2026-01-01T00:00:00Z");

base::Result<fanbase::QueueOrder> order_of(const std::string& body, const std::string& route = "/hook",
                                           std::vector<http::Field> fields = {})
{
  fanbase::QueueOptions options;
  options.route = route;
  options.most_bytes = 1'000;
  const MadeRequest made(body, std::move(fields));
  return fanbase::read_queue_order(made.request, options, "app", now);
}

template<class Value>
std::string problem_of(const base::Result<Value>& read)
{
  return read ? "" : read.error().message;
}

std::string user_problem(const std::string& body)
{
  return problem_of(fanbase::read_user(MadeRequest(body).request, 1'000, "app"));
}

std::string event_problem(const std::string& body)
{
  return problem_of(fanbase::read_event(MadeRequest(body).request, 1'000, "app", 0min));
}

} // namespace

BOOST_AUTO_TEST_SUITE(fanbase_requests)

BOOST_AUTO_TEST_CASE(an_update_asks_the_platform)
{
  const std::string body = R"({"action":"update_fandata","data":{"cpf":"52998224725","id":"fan-1"}})";
  const fanbase::QueueOrder order = order_of(body).value();
  BOOST_TEST(order.object.client == "app");
  BOOST_TEST(order.object.action == "update_fandata");
  BOOST_TEST(order.object.request == body);
  BOOST_TEST(order.object.id.size() == 36U);
  BOOST_TEST((order.object.created_at == now));
  BOOST_TEST(!order.object.message);
  BOOST_TEST(order.submission->submission.q == "doc{52998224725}");
  BOOST_TEST(order.submission->submission.label.value() == order.object.id);
  BOOST_TEST(order.submission->route == "/hook");
  BOOST_TEST(order_of(body).value().object.id != order.object.id);
}

BOOST_AUTO_TEST_CASE(what_cannot_be_asked_is_told)
{
  const std::string with_cpf = R"({"action":"update_fandata","data":{"cpf":"52998224725","id":"fan-1"}})";
  const fanbase::QueueOrder nowhere = order_of(with_cpf, "").value();
  BOOST_TEST(!nowhere.submission);
  BOOST_TEST(nowhere.object.message.value() == fanbase::messages::no_platform);
  for (const char* without : {R"({"action":"update_fandata","data":{"cpf":null,"id":"fan-1"}})",
                              R"({"action":"update_fandata","data":{"id":"fan-1"}})"}) {
    const fanbase::QueueOrder order = order_of(without).value();
    BOOST_TEST(!order.submission);
    BOOST_TEST(order.object.message.value() == fanbase::messages::no_document);
  }
}

BOOST_AUTO_TEST_CASE(a_ticket_may_have_any_data)
{
  for (const char* data : {"{}", "[1]", "null", "\"x\""})
    BOOST_TEST(order_of(R"({"action":"ticket-create","data":)" + std::string(data) + "}").has_value(), data);
}

BOOST_AUTO_TEST_CASE(a_wrong_object_is_refused_with_its_field)
{
  struct Row {
    const char* body;
    const char* said;
  };
  const std::vector<Row> rows{
      {"", "JSON inválido"},
      {"[]", "um objeto"},
      {R"({"data":{}})", "obrigatório: action"},
      {R"({"action":"other","data":{}})", "inválido: action"},
      {R"({"action":"ticket-create"})", "obrigatório: data"},
      {R"({"action":"ticket-create","d\u0061ta":{}})", "obrigatório: data"},
      {R"({"action":"update_fandata","data":[]})", "inválido: data"},
      {R"({"action":"update_fandata","data":{}})", "obrigatório: data.id"},
      {R"({"action":"update_fandata","data":{"id":"f","cpf":"5299822472"}})", "inválido: data.cpf"},
      {R"({"action":"update_fandata","data":{"id":"f","cpf":52998224725}})", "inválido: data.cpf"},
  };
  for (const Row& row : rows)
    BOOST_TEST(problem_of(order_of(row.body)).find(row.said) != std::string::npos,
               row.body << ": " << problem_of(order_of(row.body)));
  BOOST_TEST(problem_of(order_of(std::string(1'001, ' '))).find("grande demais") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_key_occurs_once_and_is_bounded)
{
  const std::string body = R"({"action":"ticket-create","data":{}})";
  const std::string long_key(1'025, 'k');
  BOOST_TEST(order_of(body, "/hook", {{"Idempotency-Key", "k"}}).value().object.key.value() == "k");
  BOOST_TEST(!order_of(body).value().object.key);
  for (const std::vector<http::Field>& wrong : {std::vector<http::Field>{{"Idempotency-Key", ""}},
                                                {{"Idempotency-Key", long_key}},
                                                {{"Idempotency-Key", "a"}, {"idempotency-key", "a"}}})
    BOOST_TEST(problem_of(order_of(body, "/hook", wrong)).find("Idempotency-Key") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_user_has_a_document)
{
  const auto user = fanbase::read_user(
      MadeRequest(
          R"({"userId":"u","document":"Ana@Example.COM","documentType":4,"appName":"a","appPlatform":"ios"})")
          .request,
      1'000, "app");
  BOOST_TEST(user->document == "ana@example.com");
  BOOST_TEST(user->document_type == 4);
  BOOST_TEST(user->client == "app");
  struct Row {
    const char* body;
    const char* said;
  };
  const std::vector<Row> rows{
      {"[]", "um objeto"},
      {R"({"document":"52998224725","documentType":1,"appName":"a","appPlatform":"ios"})", "userId"},
      {R"({"userId":"u","document":"52998224725","documentType":2,"appName":"a","appPlatform":"ios"})",
       "documentType"},
      {R"({"userId":"u","document":"52998224725","documentType":"1","appName":"a","appPlatform":"ios"})",
       "documentType"},
      {R"({"userId":"u","document":"52998224725","documentType":1,"appName":"a","appPlatform":"web"})",
       "appPlatform"},
      {R"({"userId":"u","document":"5299822472","documentType":1,"appName":"a","appPlatform":"ios"})",
       "Documento inválido"},
      {R"({"userId":"u","document":"52998224725","documentType":4,"appName":"a","appPlatform":"ios"})",
       "Documento inválido"},
  };
  for (const Row& row : rows)
    BOOST_TEST(user_problem(row.body).find(row.said) != std::string::npos,
               row.body << ": " << user_problem(row.body));
  BOOST_TEST(user_problem(R"({"userId":")" + std::string(1'025, 'u') + "\"}").find("grande") !=
             std::string::npos);
}

BOOST_AUTO_TEST_CASE(an_event_has_a_time)
{
  const auto event = fanbase::read_event(
      MadeRequest(
          R"({"userId":"u","eventName":"e","eventValue":null,"eventDate":"2026-01-01T03:00:00+03:00","appName":"a"})")
          .request,
      1'000, "app", 0min);
  BOOST_TEST((event->event_at == now));
  BOOST_TEST(event->event_date == "2026-01-01T03:00:00+03:00");
  BOOST_TEST(!event->event_value);
  BOOST_TEST(event_problem(R"({"userId":"u","eventName":"e","eventDate":"yesterday","appName":"a"})")
                 .find("eventDate") != std::string::npos);
  BOOST_TEST(
      event_problem(
          R"({"userId":"u","eventName":"e","eventValue":5,"eventDate":"2026-01-01T00:00:00Z","appName":"a"})")
          .find("eventValue") != std::string::npos);
  BOOST_TEST(event_problem(R"({"eventName":"e"})").find("userId") != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()
