#include "sqlite/checkpoint_plan.hpp"

#include <algorithm>

namespace postbackd::sqlite
{
namespace
{

constexpr int most_catch_ups = 3;
// How often to look whether a reader that holds a long WAL has gone, if few pages come.
constexpr std::chrono::seconds held_look_period{1};

// Our own writer never leaves more than `longest_wal` pages. If there are more, another program wrote them;
// allow as many again while we catch up. Otherwise each round moves more than comes meanwhile, also on a slow
// disk.
int most_meanwhile(const WalState& wal, const CheckpointPages& limits)
{
  const int rest = wal.pages - wal.moved;
  const int meanwhile = rest > limits.longest_wal ? limits.longest_wal : rest / 8;
  return std::max(limits.longest_wal * 10 / 9, wal.pages + meanwhile);
}

// Commits of large bodies may never leave a small rest: then the writer moves a larger one. What a long
// reader has left is the thread's.
bool is_too_long(const WalState& wal, const CheckpointPages& limits)
{
  const int rest = wal.pages - wal.moved;
  return wal.pages > limits.longest_wal && wal.pages - wal.looked_at >= limits.small_rest &&
         (rest <= limits.step / 2 || (wal.catch_ups >= most_catch_ups && rest <= limits.longest_wal));
}

} // namespace

CheckpointPlan plan_checkpoint(const WalState& wal, const CheckpointPages& limits,
                               std::chrono::steady_clock::duration since_look)
{
  using Who = CheckpointPlan::Who;
  const bool is_long = wal.pages > limits.long_wal;
  const int news = wal.pages - wal.looked_at;
  CheckpointPlan plan{Who::nobody, most_meanwhile(wal, limits)};
  if (is_long && (wal.pages - wal.moved <= limits.small_rest || is_too_long(wal, limits)))
    plan.who = Who::writer;
  else if (news >= (is_long ? limits.small_rest : limits.step) || (is_long && since_look >= held_look_period))
    plan.who = Who::thread;
  return plan;
}

} // namespace postbackd::sqlite
