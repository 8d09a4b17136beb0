#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "store/operator_store.hpp"

namespace postbackd::store::tables
{

// The rows that an erasure is about.
struct FoundToErase {
  using Numbers = std::vector<std::int64_t>;
  using Texts = std::vector<std::string>;

  Numbers queries;                   // queries.id; those that wait for another one's end come first
  Numbers own_queries;               // the same, of which nothing goes that others share with them
  std::optional<std::string> client; // whose they are, if only its own may go
  Numbers postbacks;                 // of no query
  Numbers objects;                   // queue_objects.number
  Numbers app_events;                // app_events.number
  // Names that have the person's number or address in them:
  Numbers names_of_queries;   // queries.id
  Numbers names_of_postbacks; // postbacks.receipt
  // Texts of other rows that have it:
  Numbers deliveries;
  Numbers recoveries; // recoveries.query_row
  Numbers audits;     // audit.id
  Numbers groups;     // groups.id
  Texts submissions;  // submissions.correlation, of no query
  Texts sent;         // fanbase_sent.key
  Texts users;        // app_users.user_id
  Texts fans;         // fans.document

  bool is_empty() const
  {
    const auto are_empty = [](const auto&... rows) { return (rows.empty() && ...); };
    return are_empty(queries, own_queries, postbacks, objects, app_events, names_of_queries,
                     names_of_postbacks, deliveries, recoveries, audits, groups, submissions, sent, users,
                     fans);
  }

  std::int64_t postbacks_of_queries = 0;
  Numbers opaque; // postbacks.receipt: nobody can look into their bodies
  Erased count() const
  {
    const auto size = [](const auto& rows) { return static_cast<std::int64_t>(rows.size()); };
    return {size(queries) + size(own_queries), size(postbacks) + postbacks_of_queries, size(objects),
            size(app_events), opaque};
  }
};

} // namespace postbackd::store::tables
