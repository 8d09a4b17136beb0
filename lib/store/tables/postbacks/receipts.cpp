#include <algorithm>

#include "store/tables/postbacks/postback_table.hpp"

namespace postbackd::store::tables
{
namespace
{

// A receipt is the milliseconds since 2025 and a 12-bit counter: ordered by time, and below 2^53 until the
// year 2094, so that programs that use doubles for numbers read it exactly (some refuse larger ones).
constexpr base::TimePoint receipt_epoch{std::chrono::milliseconds(1'735'689'600'000)};
constexpr int receipt_counter_bits = 12;

} // namespace

model::Receipt PostbackTable::next_receipt(base::TimePoint now)
{
  return last_receipt_ = std::max(last_receipt_ + 1, first_receipt(now));
}

model::Receipt PostbackTable::first_receipt(base::TimePoint time)
{
  return std::max<std::int64_t>((time - receipt_epoch).count(), 0) << receipt_counter_bits;
}

} // namespace postbackd::store::tables
