#include <boost/test/unit_test.hpp>

#include "model/retry_policy.hpp"

using namespace postbackd;
using namespace std::chrono_literals;

BOOST_AUTO_TEST_SUITE(retry_policy)

BOOST_AUTO_TEST_CASE(the_delay_grows_by_its_factor_up_to_its_maximum)
{
  const model::RetryPolicy policy{.first = 10s, .factor = 3.0, .max = 1h};
  for (const auto& [attempt, delay] :
       {std::pair{1, 10s}, {2, 30s}, {3, 90s}, {7, 3'600s}, {2'000'000, 3'600s}})
    BOOST_TEST((policy.delay(attempt, 0.5) == delay), attempt);
}

BOOST_AUTO_TEST_CASE(jitter_spreads_it_over_80_to_120_percent)
{
  const model::RetryPolicy policy{.first = 10s};
  BOOST_TEST((policy.delay(1, 0) == 8s));
  BOOST_TEST((policy.delay(1, 1) == 12s));
}

BOOST_AUTO_TEST_SUITE_END()
