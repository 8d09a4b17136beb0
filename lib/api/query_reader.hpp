#pragma once

#include <chrono>
#include <variant>

#include "api/client.hpp"
#include "http/request.hpp"
#include "model/query.hpp"
#include "model/submission.hpp"
#include "store/query_store.hpp"

namespace postbackd::api
{

struct Defaults {
  std::chrono::seconds deadline; // of a query without one
  base::TimePoint now;
};

// Returns the Idempotency-Key of the request.
std::optional<std::string> key_of(const http::Request& request);

// Reads the body of POST /v1/queries: a query to register (it has a `query_id`) or to submit (it has a `q`).
// Each throws BadRequest that names the member; unknown members are errors.
std::variant<model::Query, model::Submission> read_query(const http::Request& request, const Client& client,
                                                         const Defaults& defaults);

// The same of one line of many, which has its key as a member.
std::variant<model::Query, model::Submission> read_line(std::string line, const Client& client,
                                                        const Defaults& defaults,
                                                        const std::optional<std::string>& trace);

// Returns the trace that the request is part of, as Query::trace.
std::optional<std::string> trace_of(const http::Request& request);

// Reads the body of POST /v1/hooks, with the route that the platform shall post to.
struct HooksOrder {
  model::Query query;
  std::optional<std::string> route; // absent: the first one
};
HooksOrder read_hooks(const http::Request& request, const Client& client, const Defaults& defaults);

// Reads the body of POST …/close: {"reason": TEXT}.
std::string read_reason(const http::Request& request);
// Reads the body of POST /v1/queries/close.
struct ToClose {
  store::QueriesToClose which;
  std::string reason;
  bool dry_run = false;
};
ToClose read_queries_to_close(const http::Request& request);

} // namespace postbackd::api
