// What is in the query and the path of a request.
#include <boost/test/unit_test.hpp>

#include "api/parameters.hpp"
#include "api/problem.hpp"
#include "base/blob.hpp"

using namespace postbackd;
using api::Parameters;

namespace
{

// Returns the body of the problem that a call throws, or an empty text.
template<class Call>
std::string refusal_of(Call call)
{
  try {
    call();
  } catch (const api::BadRequest& e) {
    const http::Response response = e.response();
    BOOST_TEST(response.status == 400U);
    return response.body;
  }
  return {};
}

std::string refusal_of_number(const std::string& query)
{
  return refusal_of([&] { Parameters(query, {"limit"}).number("limit", 1, 1'000, 100); });
}

} // namespace

BOOST_AUTO_TEST_SUITE(parameters)

BOOST_AUTO_TEST_CASE(a_path_is_decoded_and_its_plus_is_a_plus)
{
  BOOST_TEST(api::path_text("7cfe93e7") == "7cfe93e7");
  BOOST_TEST(api::path_text("a%2Fb%20c") == "a/b c");
  BOOST_TEST(api::path_text("a+b") == "a+b");
  BOOST_TEST(api::path_text("a=b&c") == "a=b&c");
  BOOST_TEST(api::path_text("%E7") == "\xE7");
  BOOST_TEST(api::path_text("") == "");
}

BOOST_AUTO_TEST_CASE(known_parameters_are_read_and_decoded)
{
  const Parameters read("label=a+b%26c&limit=7&key=", {"label", "limit", "key", "api"});
  BOOST_TEST(read.text("label").value() == "a b&c");
  BOOST_TEST(read.text("key").value() == "");
  BOOST_TEST(!read.text("api"));
  BOOST_TEST(read.number("limit", 1, 1'000, 100) == 7);
  BOOST_TEST(Parameters("", {"limit"}).number("limit", 1, 1'000, 100) == 100);
}

BOOST_AUTO_TEST_CASE(an_unknown_or_repeated_parameter_is_an_error_that_names_it)
{
  const std::string unknown = refusal_of([] { Parameters("limit=1&lable=x", {"label", "limit"}); });
  BOOST_TEST(unknown.find("expected label, limit") != std::string::npos, unknown);
  BOOST_TEST(unknown.find("\"field\":\"lable\"") != std::string::npos, unknown);
  BOOST_TEST(refusal_of([] { Parameters("x=1", {}); }).find("expected none") != std::string::npos);
  BOOST_TEST(refusal_of([] { Parameters("a=1&a=1", {"a"}); }).find("twice") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_number_is_whole_and_in_its_range)
{
  BOOST_TEST(refusal_of_number("limit=1") == "");
  BOOST_TEST(refusal_of_number("limit=1000") == "");
  for (const char* wrong : {"0", "1001", "-1", "+1", "1.0", "1e2", " 1", "1%20", "", "99999999999999999999"})
    BOOST_TEST(refusal_of_number("limit=" + std::string(wrong)).find("from 1 to 1000") != std::string::npos,
               wrong);
}

BOOST_AUTO_TEST_CASE(a_wait_has_an_end)
{
  using Clock = std::chrono::steady_clock;
  const auto before = Clock::now();
  const auto at_once = Parameters("", {"wait"}).end_of_wait();
  BOOST_TEST((at_once <= Clock::now()));
  const auto end = Parameters("wait=60", {"wait"}).end_of_wait();
  BOOST_TEST((end >= before + std::chrono::seconds(60)));
  BOOST_TEST((end <= Clock::now() + std::chrono::seconds(60)));
  BOOST_TEST(refusal_of([] { Parameters("wait=61", {"wait"}).end_of_wait(); }) != "");
}

BOOST_AUTO_TEST_SUITE_END()
