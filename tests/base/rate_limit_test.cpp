#include <boost/test/unit_test.hpp>

#include "base/rate_limit.hpp"

using namespace postbackd::base;

BOOST_AUTO_TEST_SUITE(rate_limit)

BOOST_AUTO_TEST_CASE(a_burst_passes_and_the_rest_is_counted_until_the_next_window)
{
  RateLimit limit(2, std::chrono::seconds(60));
  const RateLimit::Clock::time_point start{std::chrono::hours(1)};
  BOOST_TEST(limit.pass(start).value() == 0u);
  BOOST_TEST(limit.pass(start).value() == 0u);
  for (int i = 0; i < 5; ++i)
    BOOST_TEST(!limit.pass(start + std::chrono::seconds(59)).has_value());
  BOOST_TEST(limit.pass(start + std::chrono::seconds(60)).value() == 5u);
  BOOST_TEST(limit.pass(start + std::chrono::seconds(60)).value() == 0u);
}

BOOST_AUTO_TEST_SUITE_END()
