// Against a receiver in another language, which verifies according to the Standard Webhooks specification.
#include <boost/test/unit_test.hpp>

#include <filesystem>

#include "delivery/http_handler.hpp"
#include "support/process.hpp"
#include "support/spool.hpp"

using namespace postbackd;
using namespace postbackd::test;
using namespace std::chrono_literals;
using delivery::Outcome;
using Kind = delivery::Outcome::Kind;

namespace
{

const std::string secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

struct HttpFixture {
  TemporaryDirectory directory;
  base::SystemClock clock;
  Process receiver{
      {"python3", WEBHOOK_RECEIVER, (directory / "port").string(), (directory / "ledger").string(), secret}};
  std::string port;

  HttpFixture()
  {
    BOOST_REQUIRE(eventually([this] { return std::filesystem::exists(directory / "port"); }));
    port = read_file(directory / "port");
  }

  Outcome post(const std::string& path, base::Blob document = "{}",
               const std::vector<std::string>& keys = {secret}) const
  {
    delivery::HandlerOptions options{.name = "orders", .kind = "http", .timeout = 1s};
    options.settings["url"] = {"http://127.0.0.1:" + port + path};
    options.secrets["signing_secret"] = keys;
    options.secrets["header"] = {"X-Api-Key: abc", "X-Tenant: 7"};
    const delivery::Delivery result{.event = "result",
                                    .id = "0123",
                                    .query_id = "q-1",
                                    .metadata = R"({"order":1})",
                                    .status = "ok",
                                    .receipt = 5,
                                    .document = std::move(document),
                                    .idempotency_key = "store-7",
                                    .attempt = 2,
                                    .handler = "orders",
                                    .traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
                                    .tracestate = "a=1"};
    return delivery::make_http_handler(options, clock)->handle(result, {});
  }

  std::string ledger() const { return read_file(directory / "ledger"); }
  bool noted(const std::string& text) const { return ledger().find(text) != std::string::npos; }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(http_handler, HttpFixture)

BOOST_AUTO_TEST_CASE(the_request_is_signed_and_carries_the_metadata)
{
  BOOST_TEST((post("/200").kind == Kind::done));
  for (const char* text :
       {R"("verified": true)", R"("webhook-id": "store-7")", R"("idempotency-key": "store-7")",
        R"("postback-id": "0123")", R"("postback-metadata": "{\"order\":1}")",
        R"("postback-query-id": "q-1")", R"("postback-attempt": "2")",
        R"("content-type": "application/json")", R"("x-api-key": "abc")", R"("x-tenant": "7")",
        R"("traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")",
        R"("tracestate": "a=1")"})
    BOOST_TEST(noted(text), text << " in " << ledger());
  BOOST_TEST((post("/200", "{}", {"another secret"}).kind == Kind::done));
  BOOST_TEST(noted(R"("verified": false)"));
}

BOOST_AUTO_TEST_CASE(while_a_secret_changes_both_sign)
{
  BOOST_TEST((post("/200", "{}", {"the next one", secret}).kind == Kind::done));
  BOOST_TEST(noted(R"("verified": true)"));
  BOOST_TEST(!noted(R"("verified": false)"));
}

BOOST_AUTO_TEST_CASE(each_answer_has_its_outcome)
{
  const std::pair<const char*, Kind> table[] = {
      {"/200", Kind::done},    {"/204", Kind::done},  {"/301", Kind::dead},   {"/400", Kind::dead},
      {"/401", Kind::dead},    {"/404", Kind::dead},  {"/410", Kind::dead},   {"/408", Kind::retry},
      {"/425", Kind::retry},   {"/429", Kind::retry}, {"/500", Kind::retry},  {"/503", Kind::retry},
      {"/after", Kind::retry}, {"/long", Kind::done}, {"/slow", Kind::retry}, {"/reset", Kind::retry},
  };
  for (const auto& [path, kind] : table) {
    const Outcome outcome = post(path);
    BOOST_TEST((outcome.kind == kind), path << ": " << outcome.detail());
    BOOST_TEST(outcome.delay.has_value() == (std::string(path) == "/after"), path);
  }
  BOOST_TEST((*post("/after").delay == 7s));
  const auto until = post("/after-date").delay.value_or(0s);
  BOOST_TEST((until > 90s && until <= 101s)); // libcurl reads a clock that may be a second behind
  BOOST_TEST(post("/400").detail() == "HTTP 400: as you say");
  BOOST_TEST(post("/400").why == "HTTP 400"); // may be in the log
  std::size_t posts = 0;                      // no redirect was followed
  for (std::size_t at = ledger().find("\"path\": \"/200\""); at != std::string::npos;
       at = ledger().find("\"path\": \"/200\"", at + 1))
    ++posts;
  BOOST_TEST(posts == 1u);
}

BOOST_AUTO_TEST_CASE(a_refused_connection_is_a_retry)
{
  const std::string there = std::exchange(port, "1");
  BOOST_TEST((post("/200").kind == Kind::retry));
  port = there;
}

BOOST_AUTO_TEST_CASE(a_large_document_is_signed_and_sent_from_its_file)
{
  DiskSpool disk;
  const std::string body = "[\"" + std::string(5 << 20, 'x') + "\"]";
  BOOST_TEST((post("/200", disk.blob(body)).kind == Kind::done));
  BOOST_TEST(noted(R"("verified": true)"));
  BOOST_TEST(noted(base::to_hex(base::sha256(body))));
}

BOOST_AUTO_TEST_CASE(wrong_settings_are_refused)
{
  delivery::HandlerOptions options{.name = "orders", .kind = "http"};
  BOOST_CHECK_THROW(delivery::make_http_handler(options, clock), base::Failure);
  options.settings["url"] = {"http://127.0.0.1/"};
  for (const char* wrong : {"whsec_", "whsec_AAAA", "whsec_not base64!"}) {
    options.secrets["signing_secret"] = {wrong};
    BOOST_CHECK_THROW(delivery::make_http_handler(options, clock), base::Failure);
  }
}

BOOST_AUTO_TEST_SUITE_END()
