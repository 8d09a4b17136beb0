#include <boost/test/unit_test.hpp>

#include "http/response.hpp"

using namespace postbackd;

BOOST_AUTO_TEST_SUITE(response)

BOOST_AUTO_TEST_CASE(an_answer_is_small_and_dated)
{
  const base::TimePoint time(std::chrono::sys_days(std::chrono::year(2026) / 1 / 31) +
                             std::chrono::hours(23));
  BOOST_TEST(http::to_bytes({.status = 200, .body = "{}"}, true, time) ==
             "HTTP/1.1 200 OK\r\nDate: Sat, 31 Jan 2026 23:00:00 GMT\r\nContent-Type: application/json\r\n"
             "Content-Length: 2\r\n\r\n{}");
}

BOOST_AUTO_TEST_CASE(a_refusal_has_a_constant_text_and_never_the_reason)
{
  http::Response response = http::error_response(503);
  response.retry_after = std::chrono::seconds(5);
  response.why = "SQLite: disk is full";
  const std::string bytes = http::to_bytes(response, false, base::TimePoint());
  BOOST_TEST(bytes.find("Retry-After: 5\r\n") != std::string::npos);
  BOOST_TEST(bytes.find("Connection: close\r\n") != std::string::npos);
  BOOST_TEST(bytes.ends_with("\r\n\r\n{\"error\":\"try again later\"}"));
  BOOST_TEST(bytes.find("SQLite") == std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()
