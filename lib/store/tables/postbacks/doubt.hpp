#pragma once

#include <cstdint>
#include <string>

#include "base/log.hpp"
#include "base/rate_limit.hpp"

namespace postbackd::store::tables
{

// What came to a query's own URL and has another QueryId than the platform has named for it: whoever sent it
// knows the secret of that URL. The log says so; `status` counts them (figures.cpp).
class Doubt
{
public:
  void tell(std::int64_t receipt, const std::string& problem)
  {
    if (const auto held_back = limit_.pass())
      base::log::warning("odd_query_id", {{"receipt", receipt}, {"why", problem}, {"held_back", *held_back}});
  }

private:
  base::RateLimit limit_{10, std::chrono::minutes(1)};
};

} // namespace postbackd::store::tables
