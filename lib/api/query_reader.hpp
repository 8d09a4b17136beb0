#pragma once

#include <chrono>
#include <variant>

#include "api/client.hpp"
#include "http/request.hpp"
#include "model/query.hpp"
#include "model/submission.hpp"

namespace postbackd::api
{

struct Defaults {
  std::chrono::seconds deadline; // of a query without one
  base::TimePoint now;
};

// Reads the body of POST /v1/queries: a query to register (it has a `query_id`) or to submit (it has a `q`).
// Each throws BadRequest that names the member; unknown members are errors.
std::variant<model::Query, model::Submission> read_query(const http::Request& request, const Client& client,
                                                         const Defaults& defaults);

// Reads the body of POST /v1/hooks, with the route that the platform shall post to.
struct HooksOrder {
  model::Query query;
  std::optional<std::string> route; // absent: the first one
};
HooksOrder read_hooks(const http::Request& request, const Client& client, const Defaults& defaults);

// Reads the body of POST …/close: {"reason": TEXT}.
std::string read_reason(const http::Request& request);

} // namespace postbackd::api
