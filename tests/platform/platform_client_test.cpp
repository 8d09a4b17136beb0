// Tests the requests to the platform and the meaning of its answers. The samples are from the vendor's
// documents.
#include <boost/test/unit_test.hpp>

#include <cstdlib>

#include "canned_server.hpp"
#include "model/decoder.hpp"
#include "platform/platform_client.hpp"

using namespace postbackd;
using namespace postbackd::test;
using namespace std::chrono_literals;
using Outcome = platform::Acknowledgement::Outcome;

namespace
{

const model::Submission phone{
    .api = "validations", .datasets = "ondemand_phone_operator", .q = "phone{XXXXXXXXXXX}"};

platform::PlatformClient client_of(const CannedServer& server)
{
  return platform::PlatformClient(
      {.base_url = server.url(), .access_token = "the-token", .token_id = "the-id", .timeout = 2s});
}

platform::Acknowledgement submit(const std::string& answer)
{
  const CannedServer server(answer);
  return client_of(server).submit(phone, "web{SEU_WEB_SERVER}, postbacksecret{SUA_SECRET}");
}

// "Exemplo de resposta bem sucedida" and the two "com erro".
const std::string good = R"({
"QueryId": "7cfe93e7-9d7e-4458-90eb-feaa6d9b5dee",
"ElapsedMilliseconds": 3456.0,
"Status": {
"api": [
{
"Code": 0,
"Message": "OK"
}
]
}
})";
const std::string wrong_api = R"({
"QueryId": "49f6ab63-7963-4bc2-af5d-baf89244ace8",
"ElapsedMilliseconds": 5.0,
"Status": {
"api": [
{
"Code": -131,
"Message": "INVALID API PARAMETER"
}
]
}
})";
const std::string wrong_token = R"({
"QueryId": "06c4de35-1271-45c4-af68-3dac02504c79",
"ElapsedMilliseconds": 1984.0,
"Status": {
"api": [
{
"Code": -111,
"Message": "INVALID ACCESS TOKEN"
}
]
}
})";

} // namespace

BOOST_AUTO_TEST_SUITE(platform_client)

BOOST_AUTO_TEST_CASE(the_request_is_the_documented_one)
{
  const CannedServer server(CannedServer::json(good));
  client_of(server).submit(phone, "web{SEU_WEB_SERVER}, postbacksecret{SUA_SECRET}");
  const std::string& request = server.request();
  BOOST_TEST(request.starts_with("POST /chamadasassincronas/ HTTP/1.1\r\n"), request);
  for (const char* field : {"\r\nAccessToken: the-token\r\n", "\r\nTokenId: the-id\r\n",
                            "\r\nContent-Type: application/json\r\n"})
    BOOST_TEST(request.find(field) != std::string::npos, field << " in " << request);
  // "Parâmetro Adicional - PostBackSecret"
  BOOST_TEST(request.ends_with(
                 R"({"Api":"validations","Datasets":"ondemand_phone_operator","q":"phone{XXXXXXXXXXX}",)"
                 R"("Hooks":"web{SEU_WEB_SERVER}, postbacksecret{SUA_SECRET}"})"),
             request);
}

BOOST_AUTO_TEST_CASE(parameters_are_further_members_of_the_request)
{
  const CannedServer server(CannedServer::json(good));
  model::Submission submission = phone;
  submission.parameters = R"({"Limit":1,"Tags":{"order":"4711"}})";
  client_of(server).submit(submission, "web{W}");
  BOOST_TEST(server.request().ends_with(R"("Hooks":"web{W}","Limit":1,"Tags":{"order":"4711"}})"),
             server.request());
}

BOOST_AUTO_TEST_CASE(the_documented_acknowledgements)
{
  platform::Acknowledgement answer = submit(CannedServer::json(good));
  BOOST_TEST((answer.outcome == Outcome::accepted));
  BOOST_TEST(answer.query_id == "7cfe93e7-9d7e-4458-90eb-feaa6d9b5dee");
  answer = submit(CannedServer::json(wrong_api));
  BOOST_TEST((answer.outcome == Outcome::refused));
  BOOST_TEST(answer.query_id == ""); // though there is one
  BOOST_TEST(answer.message == "-131 INVALID API PARAMETER (QueryId 49f6ab63-7963-4bc2-af5d-baf89244ace8)");
  BOOST_TEST(!answer.account_refused);
  answer = submit(CannedServer::json(wrong_token));
  BOOST_TEST((answer.outcome == Outcome::not_accepted)); // the account's fault, not the query's
  BOOST_TEST(answer.account_refused);
  BOOST_TEST(*answer.code == -111);
}

BOOST_AUTO_TEST_CASE(each_answer_has_an_outcome)
{
  const auto with_code = [](int code) {
    return R"({"QueryId":"q","Status":{"login":[{"Code":0}],"api":[{"Code":)" + std::to_string(code) + "}]}}";
  };
  const std::pair<std::string, Outcome> table[] = {
      {CannedServer::json(with_code(0)), Outcome::accepted},
      {CannedServer::json(R"({"QueryId":"q","Status":{"api":[{"Code":0}],"hooks":[{"Code":-1212}]}})"),
       Outcome::accepted},
      {CannedServer::json(R"({"QueryId":"q","Status":{"login":[{"Code":0}],"hooks":[{"Code":-1212}]}})"),
       Outcome::unknown},
      {CannedServer::json(R"({"QueryId":")" + std::string(200, 'q') + R"(","Status":{"api":[{"Code":0}]}})"),
       Outcome::accepted},
      {CannedServer::json(with_code(-999)), Outcome::refused},
      {CannedServer::json(with_code(-1199)), Outcome::refused},
      {CannedServer::json(with_code(-1200)), Outcome::not_accepted},
      {CannedServer::json(with_code(-1212)), Outcome::not_accepted},
      {CannedServer::json(wrong_token, "401 Unauthorized"), Outcome::not_accepted},
      {CannedServer::json("", "403 Forbidden"), Outcome::not_accepted},
      {CannedServer::json(with_code(-1200), "500 Internal Server Error"), Outcome::unknown},
      {CannedServer::json("{}", "429 Too Many Requests", "Retry-After: 7\r\n"), Outcome::not_accepted},
      {CannedServer::json("<html>", "400 Bad Request"), Outcome::refused},
      {CannedServer::json("", "404 Not Found"), Outcome::refused},
      {CannedServer::json("", "301 Moved Permanently", "Location: /elsewhere\r\n"), Outcome::refused},
      {CannedServer::json("", "408 Request Timeout"), Outcome::unknown},
      {CannedServer::json("", "502 Bad Gateway"), Outcome::unknown},
      {CannedServer::json("<html>Bad gateway</html>"), Outcome::unknown},
      {CannedServer::json("{}"), Outcome::unknown},
      {CannedServer::json("[1]"), Outcome::unknown},
      {CannedServer::json(R"({"Status":{"api":[{"Code":0}]}})"), Outcome::accepted}, // without a QueryId
      {"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{", Outcome::unknown},
      {"", Outcome::unknown},
  };
  for (const auto& [answer, outcome] : table) {
    const platform::Acknowledgement acknowledgement = submit(answer);
    BOOST_TEST((acknowledgement.outcome == outcome), answer << ": " << acknowledgement.message);
    BOOST_TEST(acknowledgement.message.find("html>") == std::string::npos); // does not repeat the body
    BOOST_TEST(acknowledgement.query_id.size() <= 128u);
  }
  BOOST_TEST(
      (*submit(CannedServer::json("{}", "429 Too Many Requests", "Retry-After: 7\r\n")).retry_after == 7s));
}

BOOST_AUTO_TEST_CASE(a_failed_connection_means_not_accepted)
{
  const platform::PlatformClient client({.base_url = "http://127.0.0.1:1", .timeout = 2s});
  const platform::Acknowledgement answer = client.submit(phone, "web{http://x/}");
  BOOST_TEST((answer.outcome == Outcome::not_accepted));
  BOOST_TEST(answer.message.find("http://127.0.0.1:1: ") == 0u, answer.message);
}

// libcurl counts the CONNECT to a proxy as sent.
BOOST_AUTO_TEST_CASE(a_proxy_that_does_not_connect_means_not_accepted)
{
  const CannedServer proxy("HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n");
  ::setenv("https_proxy", proxy.url().c_str(), 1);
  const platform::PlatformClient client({.base_url = "https://platform.invalid", .timeout = 2s});
  const platform::Acknowledgement answer = client.submit(phone, "web{http://x/}");
  ::unsetenv("https_proxy");
  BOOST_TEST((answer.outcome == Outcome::not_accepted), answer.message);
  BOOST_TEST(proxy.request().starts_with("CONNECT platform.invalid:443 "), proxy.request());
}

BOOST_AUTO_TEST_CASE(metadata_is_found_at_each_possible_place)
{
  for (const char* body :
       {R"({"Result":{"HookMetadata":{"Status":"Dispatched"}},"Status":{"api":[{"Code":0}]}})",
        R"({"Result":{"Status":"Dispatched"},"Status":{"Code":0}})",
        R"({"Result":[{"Status":"Dispatched"}]})"}) {
    const CannedServer server(CannedServer::json(body));
    const auto metadata = client_of(server).metadata("q-1");
    BOOST_REQUIRE(metadata.has_value());
    BOOST_TEST(metadata->status == "Dispatched");
    BOOST_TEST(metadata->is_under_way());
    BOOST_TEST(server.request().ends_with(R"({"QueryId":"q-1"})"));
  }
}

BOOST_AUTO_TEST_CASE(a_record_of_the_log_becomes_an_envelope)
{
  const CannedServer server(CannedServer::json(
      R"({"Result":[{"API":"people","Datasets":"basic_data","Parameters":"doc{1}","New":[1],)"
      R"("QueryDate":"2026-01-31T23:59:59.1234567-03:00","QueryId":"q-1","UserIp":"192.0.2.1",)"
      R"("Result":"[{\"a\":\"\u00e9\"}]"}],"Status":{"Code":0,"Message":"OK"},"Cursor":"50"})"));
  const auto page = client_of(server).log_of_query("q-1");
  BOOST_REQUIRE(page.has_value());
  BOOST_REQUIRE(page->records.size() == 1u);
  BOOST_TEST(page->cursor == "50");
  const platform::LogRecord& record = page->records.front();
  BOOST_TEST(record.api == "people");
  BOOST_TEST(
      record.document ==
      R"({"QueryId":"q-1","QueryDate":"2026-01-31T23:59:59.1234567-03:00","Result":[{"a":"é"}],"Status":{}})");
  const auto envelope = model::decode({record.document, "application/json", ""}, {});
  BOOST_TEST((envelope.content == model::Content::result));
  BOOST_TEST(*envelope.query_id == "q-1");
}

BOOST_AUTO_TEST_CASE(a_record_without_a_result_has_no_document)
{
  for (const char* result : {"null", "\"\"", "{}"}) {
    const CannedServer server(
        CannedServer::json(std::string(R"({"Result":[{"API":"people","QueryId":"q-1","Result":)") + result +
                           R"(}],"Status":{"Code":0}})"));
    const auto page = client_of(server).log_of_query("q-1");
    BOOST_REQUIRE(page.has_value());
    BOOST_TEST(page->records.at(0).document == "");
  }
}

BOOST_AUTO_TEST_CASE(an_error_of_the_log_says_whether_a_retry_can_help)
{
  const std::pair<std::string, base::Errc> table[] = {
      {CannedServer::json(R"({"Status":{"Code":-111,"Message":"INVALID ACCESS TOKEN"}})"),
       base::Errc::invalid},
      {CannedServer::json(R"({"Status":{"Code":-1201,"Message":"LATER"}})"), base::Errc::unavailable},
      {CannedServer::json("<html>", "502 Bad Gateway"), base::Errc::unavailable},
      {"", base::Errc::unavailable},
  };
  for (const auto& [answer, code] : table) {
    const CannedServer server(answer);
    const auto page = client_of(server).log_of_query("q-1");
    BOOST_REQUIRE(!page.has_value());
    BOOST_TEST((page.error().code == code), answer << ": " << page.error().message);
  }
}

BOOST_AUTO_TEST_SUITE_END()
