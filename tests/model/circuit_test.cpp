#include <boost/test/unit_test.hpp>

#include "model/circuit.hpp"

using namespace postbackd;
using namespace std::chrono_literals;
using model::Circuit;

namespace
{

const model::RetryPolicy pauses{.first = 10s, .factor = 2.0, .max = 60s};
const base::TimePoint start{std::chrono::milliseconds(1'000'000)};
constexpr double no_jitter = 0.5;

} // namespace

BOOST_AUTO_TEST_SUITE(circuit)

BOOST_AUTO_TEST_CASE(it_opens_after_so_many_failures_in_a_row)
{
  Circuit circuit(3, pauses);
  BOOST_TEST(circuit.fail(start, no_jitter));
  circuit.fail(start, no_jitter);
  circuit.succeed();
  circuit.fail(start, no_jitter);
  circuit.fail(start, no_jitter);
  BOOST_TEST(!circuit.open());
  BOOST_TEST(circuit.allowed(4, 2, start) == 4u);
  circuit.fail(start, no_jitter);
  BOOST_TEST(circuit.open());
  BOOST_TEST((circuit.open_until() == start + 10s));
}

BOOST_AUTO_TEST_CASE(an_open_one_lets_nothing_pass_and_then_one_probe)
{
  Circuit circuit(1, pauses);
  circuit.fail(start, no_jitter);
  BOOST_TEST(circuit.allowed(4, 0, start + 9s) == 0u);
  BOOST_TEST(circuit.allowed(4, 0, start + 10s) == 1u);
  BOOST_TEST(circuit.allowed(4, 1, start + 10s) == 0u); // the probe is under way
  BOOST_TEST(circuit.allowed(0, 0, start + 10s) == 0u);
  BOOST_TEST(circuit.succeed());
  BOOST_TEST(circuit.allowed(4, 0, start + 10s) == 4u);
}

BOOST_AUTO_TEST_CASE(each_failed_probe_lengthens_the_pause_up_to_its_maximum)
{
  Circuit circuit(1, pauses);
  base::TimePoint now = start;
  for (const auto pause : {10s, 20s, 40s, 60s, 60s}) {
    circuit.fail(now, no_jitter);
    BOOST_TEST((circuit.open_until() - now == pause));
    now = circuit.open_until();
  }
}

BOOST_AUTO_TEST_CASE(failures_that_were_under_way_when_it_opened_change_nothing)
{
  Circuit circuit(1, pauses);
  circuit.fail(start, no_jitter);
  BOOST_TEST(!circuit.fail(start + 1s, no_jitter));
  BOOST_TEST((circuit.open_until() == start + 10s));
}

BOOST_AUTO_TEST_CASE(after_a_restart_an_open_one_is_probed_at_once)
{
  Circuit circuit(3, pauses);
  circuit.restore(true, 5, start);
  BOOST_TEST(circuit.open());
  BOOST_TEST(circuit.allowed(4, 0, start) == 1u);
}

BOOST_AUTO_TEST_SUITE_END()
