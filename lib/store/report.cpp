#include "store/report.hpp"

#include <algorithm>

namespace postbackd::store
{

Percentiles percentiles_of(std::vector<std::chrono::milliseconds>& times)
{
  if (times.empty()) return {};
  std::sort(times.begin(), times.end());
  const auto at = [&](std::size_t percent) { return times[(times.size() * percent + 99) / 100 - 1]; };
  return {static_cast<std::int64_t>(times.size()), at(50), at(95), at(99)};
}

} // namespace postbackd::store
