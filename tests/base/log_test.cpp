#include <boost/test/unit_test.hpp>

#include "base/log.hpp"

using namespace postbackd::base;

BOOST_AUTO_TEST_SUITE(log_lines)

BOOST_AUTO_TEST_CASE(an_event_is_one_line_of_keys_and_values)
{
  BOOST_TEST(log::format("listening", {{"address", "::1"}, {"port", 8080}}) ==
             "event=listening address=::1 port=8080");
}

BOOST_AUTO_TEST_CASE(a_value_with_spaces_quotes_or_line_ends_cannot_forge_a_line)
{
  BOOST_TEST(log::format("e", {{"why", "a \"b\"\n\x01"}}) == R"(event=e why="a \"b\"\x0a\x01")");
  BOOST_TEST(log::format("e", {{"why", ""}}) == R"(event=e why="")");
  BOOST_TEST(log::format("e", {{"why", "a=b"}}) == R"(event=e why="a=b")");
}

BOOST_AUTO_TEST_CASE(a_long_value_is_cut)
{
  BOOST_TEST(log::format("e", {{"why", std::string(100'000, 'x')}}).size() < 600u);
}

BOOST_AUTO_TEST_SUITE_END()
