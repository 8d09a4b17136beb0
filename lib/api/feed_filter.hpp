#pragma once

#include <optional>
#include <set>
#include <string>

#include "api/feed_memory.hpp"
#include "api/parameters.hpp"

namespace postbackd::api
{

// Which events a follower wants; an absent condition allows all.
struct FeedFilter {
  std::set<model::EventKind> kinds;
  std::optional<std::string> label;
  std::optional<std::string> group;
  std::optional<std::string> api;

  // Reads `event` (separated by commas; `final`: the ends of queries), `label`, `group` and `api`. Throws
  // BadRequest.
  static FeedFilter of(const Parameters& parameters);
  bool allows(const FeedItem& item) const;
};

} // namespace postbackd::api
