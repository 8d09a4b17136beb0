#include <boost/test/unit_test.hpp>

#include "base/pace.hpp"

using namespace postbackd;
using namespace std::chrono_literals;

BOOST_AUTO_TEST_SUITE(pace)

BOOST_AUTO_TEST_CASE(so_many_begin_in_a_second_and_few_are_saved_up)
{
  base::Pace pace(10, 0.5, 0.25);
  base::Pace::Clock::time_point now{1h};
  BOOST_TEST(pace.allowed(now) == 7u);
  pace.take(7);
  BOOST_TEST(pace.allowed(now) == 0u);
  std::size_t begun = 0;
  for (int look = 0; look < 40; ++look) { // ten seconds
    now += 250ms;
    const std::size_t allowed = pace.allowed(now);
    pace.take(allowed);
    begun += allowed;
  }
  BOOST_TEST(begun == 100u);
  BOOST_TEST(pace.allowed(now + 1h) == 7u);
}

BOOST_AUTO_TEST_CASE(a_slow_one_saves_one)
{
  base::Pace pace(0.1, 0.5, 0.25);
  base::Pace::Clock::time_point now{1h};
  BOOST_TEST(pace.allowed(now) == 1u);
  pace.take(1);
  BOOST_TEST(pace.allowed(now + 9s) == 0u);
  BOOST_TEST(pace.allowed(now + 11s) == 1u);
  BOOST_TEST(pace.allowed(now + 1h) == 1u);
}

// Whoever looks four times a second loses nothing of what came between.
BOOST_AUTO_TEST_CASE(a_rate_that_fits_no_look_is_kept)
{
  for (const double rate : {1.3, 1.9, 2.6, 3.7}) {
    base::Pace pace(rate, 0.5, 0.25);
    base::Pace::Clock::time_point now{1h};
    pace.take(pace.allowed(now));
    double begun = 0;
    for (int look = 0; look < 4'000; ++look) {
      now += 250200us;
      const std::size_t allowed = pace.allowed(now);
      pace.take(allowed);
      begun += static_cast<double>(allowed);
    }
    BOOST_TEST(begun / 1'000.8 > rate * 0.99, rate << ": " << begun / 1'000.8);
    BOOST_TEST(begun / 1'000.8 < rate * 1.01, rate << ": " << begun / 1'000.8);
  }
}

BOOST_AUTO_TEST_SUITE_END()
