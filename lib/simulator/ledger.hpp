#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "http/response.hpp"
#include "simulator/behaviour.hpp"
#include "simulator/documents.hpp"
#include "text/hooks.hpp"

namespace postbackd::simulator
{

// The reply to a post.
struct Reply {
  std::string at;
  int status; // 0: no reply
  std::string content;
};

// An accepted query.
struct Query {
  Asked asked;
  std::vector<text::Hook> hooks;
  Behaviour behaviour;
  bool under_way = true;
  std::vector<Reply> replies;
};
using QueryPointer = std::shared_ptr<Query>;

// Holds all accepted queries and answers as the platform does about them.
class Ledger
{
public:
  void add(const QueryPointer& query);
  QueryPointer find(const std::string& query_id) const; // null if unknown

  http::Response metadata(const Query& query) const;
  http::Response statistics() const;
  // Returns the log of one QueryId or one q, whichever is not empty: at most `size` records after the cursor.
  http::Response log(const std::string& query_id, const std::string& q, const std::string& cursor,
                     std::size_t size, base::Spool& spool) const;
  // Returns all queries and replies, for people and tests.
  http::Response record(std::size_t refused) const;

private:
  std::map<std::string, QueryPointer> by_id_;
  std::map<std::string, std::vector<QueryPointer>> by_q_;
  std::vector<QueryPointer> in_order_;
};

} // namespace postbackd::simulator
