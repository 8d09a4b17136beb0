#include <boost/test/unit_test.hpp>

#include "model/clock_witness.hpp"

using namespace postbackd;
using namespace std::chrono_literals;
using std::chrono::days;

namespace
{

const base::TimePoint today{days(20'000)};
const model::ClockWitness::Ticks start{};

} // namespace

BOOST_AUTO_TEST_SUITE(clock_witness)

BOOST_AUTO_TEST_CASE(an_empty_store_and_a_store_that_was_used_yesterday_believe_the_clock)
{
  model::ClockWitness witness;
  BOOST_TEST(witness.believes(today, std::nullopt, start));
  BOOST_TEST(witness.believes(today, today - 23h, start));
  BOOST_TEST(witness.believes(today, today + days(3), start)); // a clock that went back deletes less
}

BOOST_AUTO_TEST_CASE(a_clock_far_ahead_is_believed_after_it_has_stood_for_a_day)
{
  model::ClockWitness witness;
  const base::TimePoint before = today - days(400);
  BOOST_TEST(!witness.believes(today, before, start));
  BOOST_TEST(!witness.believes(today + 23h, before, start + 23h));
  BOOST_TEST(witness.believes(today + 24h, before, start + 24h));
}

BOOST_AUTO_TEST_CASE(a_clock_that_is_put_right_ends_the_doubt)
{
  model::ClockWitness witness;
  BOOST_TEST(!witness.believes(today + days(400), today, start));
  BOOST_TEST(witness.believes(today + 2h, today, start + 2h));
  BOOST_TEST(!witness.believes(today + days(400), today, start + 25h)); // the time to stand begins again
}

BOOST_AUTO_TEST_SUITE_END()
