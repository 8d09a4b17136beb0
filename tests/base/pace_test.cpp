#include <boost/test/unit_test.hpp>

#include "base/pace.hpp"

using namespace postbackd;
using namespace std::chrono_literals;

BOOST_AUTO_TEST_SUITE(pace)

BOOST_AUTO_TEST_CASE(so_many_begin_in_a_second_and_few_are_saved_up)
{
  base::Pace pace(10, 0.5);
  base::Pace::Clock::time_point now{1h};
  BOOST_TEST(pace.allowed(now) == 5u);
  pace.take(5);
  BOOST_TEST(pace.allowed(now) == 0u);
  std::size_t begun = 0;
  for (int look = 0; look < 40; ++look) { // ten seconds
    now += 250ms;
    const std::size_t allowed = pace.allowed(now);
    pace.take(allowed);
    begun += allowed;
  }
  BOOST_TEST(begun == 100u);
  BOOST_TEST(pace.allowed(now + 1h) == 5u);
}

BOOST_AUTO_TEST_CASE(a_slow_one_saves_one)
{
  base::Pace pace(0.1, 0.5);
  base::Pace::Clock::time_point now{1h};
  BOOST_TEST(pace.allowed(now) == 1u);
  pace.take(1);
  BOOST_TEST(pace.allowed(now + 9s) == 0u);
  BOOST_TEST(pace.allowed(now + 11s) == 1u);
  BOOST_TEST(pace.allowed(now + 1h) == 1u);
}

BOOST_AUTO_TEST_SUITE_END()
