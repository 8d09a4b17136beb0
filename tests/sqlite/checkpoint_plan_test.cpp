// Who moves the WAL after a commit, and how long it may get meanwhile.
#include <boost/test/unit_test.hpp>

#include "sqlite/checkpoint_plan.hpp"

using namespace postbackd;
using sqlite::CheckpointPages;
using sqlite::CheckpointPlan;
using sqlite::plan_checkpoint;
using sqlite::WalState;
using Who = CheckpointPlan::Who;

namespace
{

constexpr CheckpointPages limits{.step = 100, .long_wal = 200, .longest_wal = 300, .small_rest = 10};

} // namespace

BOOST_AUTO_TEST_SUITE(checkpoint_plan)

BOOST_AUTO_TEST_CASE(who_moves_the_wal)
{
  struct Row {
    const char* what;
    WalState wal;
    int seconds_since_look;
    Who who;
  };
  const Row table[] = {
      {"a few pages wait", {.pages = 99}, 9, Who::nobody},
      {"a step of pages is new", {.pages = 100}, 0, Who::thread},
      {"a step since the last look", {.pages = 150, .looked_at = 60, .moved = 60}, 9, Who::nobody},
      {"a long WAL: a small step is enough", {.pages = 201, .looked_at = 190, .moved = 100}, 0, Who::thread},
      {"a long WAL with a small rest", {.pages = 201, .looked_at = 195, .moved = 191}, 0, Who::writer},
      {"a long WAL that a reader holds", {.pages = 250, .looked_at = 245, .moved = 20}, 0, Who::nobody},
      {"the same after a second", {.pages = 250, .looked_at = 245, .moved = 20}, 1, Who::thread},
      {"beyond the longest: half a step is moved",
       {.pages = 301, .looked_at = 280, .moved = 260},
       0,
       Who::writer},
      {"beyond the longest, too much is left",
       {.pages = 301, .looked_at = 280, .moved = 200},
       0,
       Who::thread},
      {"the thread has tried",
       {.pages = 301, .looked_at = 280, .moved = 200, .catch_ups = 3},
       0,
       Who::writer},
      {"but a reader holds it",
       {.pages = 700, .looked_at = 680, .moved = 300, .catch_ups = 9},
       0,
       Who::thread},
  };
  for (const Row& row : table) {
    const auto plan = plan_checkpoint(row.wal, limits, std::chrono::seconds(row.seconds_since_look));
    BOOST_TEST(static_cast<int>(plan.who) == static_cast<int>(row.who), row.what);
  }
}

BOOST_AUTO_TEST_CASE(the_writer_waits_for_a_checkpoint_that_falls_behind)
{
  const auto most = [](const WalState& wal) { return plan_checkpoint(wal, limits, {}).most_pages; };
  BOOST_TEST(most({.pages = 50}) == 333);
  BOOST_TEST(most({.pages = 320, .moved = 160}) == 340);     // an eighth of what is left
  BOOST_TEST(most({.pages = 1'000, .moved = 100}) == 1'300); // another program has filled it
}

BOOST_AUTO_TEST_SUITE_END()
