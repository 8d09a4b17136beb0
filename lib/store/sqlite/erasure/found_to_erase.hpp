#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "store/operator_store.hpp"

namespace postbackd::store::sqlite
{

// The rows that an erasure is about.
struct FoundToErase {
  std::vector<std::int64_t> queries;    // queries.id; those that wait for another one's end come first
  std::optional<std::string> client;    // whose they are, if only its own may go
  std::vector<std::int64_t> postbacks;  // of no query
  std::vector<std::int64_t> objects;    // queue_objects.number
  std::vector<std::int64_t> app_events; // app_events.number
  // Texts of other rows that have the document:
  std::vector<std::int64_t> deliveries;
  std::vector<std::int64_t> recoveries; // recoveries.query_row
  std::vector<std::string> users;       // app_users.user_id
  std::vector<std::pair<std::string, std::int64_t>> fans;

  std::int64_t postbacks_of_queries = 0;
  Erased count() const
  {
    const auto size = [](const auto& rows) { return static_cast<std::int64_t>(rows.size()); };
    return {size(queries), size(postbacks) + postbacks_of_queries, size(objects), size(app_events)};
  }
};

} // namespace postbackd::store::sqlite
