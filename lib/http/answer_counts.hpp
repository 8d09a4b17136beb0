#pragma once

#include <array>
#include <atomic>
#include <cstdint>

namespace postbackd::http
{

// Counts the answers of endpoints by status. Refusals counts the requests that http itself refuses.
// Thread-safe.
class AnswerCounts
{
public:
  void add(unsigned status)
  {
    if (status < counts_.size()) ++counts_[status];
  }
  std::uint64_t count(unsigned status) const { return status < counts_.size() ? counts_[status].load() : 0; }
  // Returns how many answers had a status of 2xx.
  std::uint64_t good() const
  {
    std::uint64_t sum = 0;
    for (unsigned status = 200; status < 300; ++status)
      sum += counts_[status];
    return sum;
  }
  static constexpr unsigned end = 600;

private:
  std::array<std::atomic<std::uint64_t>, end> counts_{};
};

} // namespace postbackd::http
