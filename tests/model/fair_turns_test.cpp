// Who sends next, against what is fair: nobody waits longer than everybody else's one turn.
#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <map>
#include <random>

#include "model/fair_turns.hpp"

using postbackd::model::FairTurns;

BOOST_AUTO_TEST_SUITE(fair_turns)

BOOST_AUTO_TEST_CASE(clients_take_turns_and_so_do_the_lanes_of_each)
{
  const std::vector<FairTurns::Lane> lanes{{1, "a"}, {2, "a"}, {3, "a"}, {4, "b"}};
  FairTurns turns;
  std::string order;
  for (int i = 0; i < 8; ++i)
    order += std::to_string(lanes[turns.next(lanes)].id);
  BOOST_TEST(order == "14243414");
}

// Lanes come and go; of those that have something to send all the time, none is served twice before another.
BOOST_AUTO_TEST_CASE(nobody_is_passed_over)
{
  std::mt19937 random(7);
  FairTurns turns;
  std::map<std::string, int> served; // clients that stay
  int most_apart = 0;
  for (int step = 0; step < 5'000; ++step) {
    std::vector<FairTurns::Lane> lanes{{1, "batch"}, {2, "batch"}, {7, "person"}};
    for (std::int64_t id = 10; id < 15; ++id)
      if (random() % 2 == 0) lanes.push_back({id, "guest " + std::to_string(id % 3)});
    std::shuffle(lanes.begin(), lanes.end(), random);
    const std::size_t next = turns.next(lanes);
    BOOST_REQUIRE(next < lanes.size());
    ++served[lanes[next].client];
    most_apart = std::max(most_apart, std::abs(served["batch"] - served["person"]));
  }
  BOOST_TEST(most_apart <= 1);
}

BOOST_AUTO_TEST_SUITE_END()
