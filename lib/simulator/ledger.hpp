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

// What came back for a post.
struct Reply {
  std::string at;
  int status; // 0: nothing came
  std::string content;
};

// A query that was accepted.
struct Query {
  Asked asked;
  std::vector<text::Hook> hooks;
  Behaviour behaviour;
  bool under_way = true;
  std::vector<Reply> replies;
};
using QueryPointer = std::shared_ptr<Query>;

// All queries that were accepted, and what the platform says of them.
class Ledger
{
public:
  void add(const QueryPointer& query);
  QueryPointer find(const std::string& query_id) const; // or nothing

  http::Response metadata(const Query& query) const;
  http::Response statistics() const;
  // Of one QueryId or of one q, whichever is not empty; `size` records behind the cursor.
  http::Response log(const std::string& query_id, const std::string& q, const std::string& cursor,
                     std::size_t size, base::Spool& spool) const;
  // Everything, for people and tests.
  http::Response record(std::size_t refused) const;

private:
  std::map<std::string, QueryPointer> by_id_;
  std::map<std::string, std::vector<QueryPointer>> by_q_;
  std::vector<QueryPointer> in_order_;
};

} // namespace postbackd::simulator
