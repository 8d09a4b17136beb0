#include "api/query_reader.hpp"

#include <fmt/format.h>

#include "api/json_body.hpp"
#include "api/problem.hpp"
#include "model/correlation.hpp"
#include "text/time.hpp"

namespace postbackd::api
{
namespace
{

constexpr std::size_t longest_metadata = 4 << 10;

std::optional<std::string> label_of(const JsonBody& body, std::string_view name)
{
  auto text = body.text(name);
  if (text && !model::is_label(*text))
    throw BadRequest("expected up to 1024 bytes of UTF-8 without control characters", std::string(name));
  return text;
}

std::optional<std::chrono::seconds> deadline_of(const JsonBody& body, base::TimePoint now)
{
  const auto text = body.text("deadline");
  if (!text) return std::nullopt;
  const auto duration = text::parse_deadline(*text, now);
  if (!duration || *duration > std::chrono::days(366))
    throw BadRequest("expected a duration such as 10m, or a time within a year such as "
                     "2026-01-31T21:00:00-03:00",
                     "deadline");
  return std::chrono::ceil<std::chrono::seconds>(*duration);
}

std::optional<std::chrono::seconds> max_age_of(const JsonBody& body)
{
  const auto text = body.text("max_age");
  if (!text) return std::nullopt;
  const auto age = text::parse_duration(*text);
  if (!age || *age > std::chrono::days(366))
    throw BadRequest("expected a duration of at most a year, such as 24h", "max_age");
  return std::chrono::floor<std::chrono::seconds>(*age);
}

std::optional<std::string> key_of(const http::Request& request)
{
  if (request.head.count("Idempotency-Key") == 0) return std::nullopt;
  const auto key = request.head.only("Idempotency-Key");
  if (!key) throw BadRequest("it occurs twice", "Idempotency-Key");
  if (key->empty() || !model::is_label(std::string(*key)))
    throw BadRequest("expected 1 to 1024 bytes of UTF-8 without control characters", "Idempotency-Key");
  return std::string(*key);
}

// What both kinds of registration have.
model::Query common(const JsonBody& body, const http::Request& request, const Client& client,
                    const Defaults& defaults)
{
  model::Query query;
  query.label = label_of(body, "label");
  query.api = label_of(body, "api");
  query.datasets = label_of(body, "datasets");
  query.metadata = body.object("metadata", longest_metadata);
  query.key = key_of(request);
  query.client = client.name;
  if (const auto deadline = deadline_of(body, defaults.now)) query.deadline_at = defaults.now + *deadline;
  return query;
}

std::string query_id_of(const JsonBody& body)
{
  const std::string text = *body.text("query_id");
  if (!model::is_query_id(text)) throw BadRequest(model::query_id_rule, "query_id");
  return text;
}

model::Submission submission_of(const JsonBody& body, const http::Request& request, const Client& client,
                                const Defaults& defaults)
{
  model::Submission submission{.api = body.text("api").value_or(""),
                               .datasets = body.text("datasets").value_or(""),
                               .q = *body.text("q"),
                               .label = label_of(body, "label"),
                               .key = key_of(request),
                               .metadata = body.object("metadata", longest_metadata),
                               .client = client.name,
                               .deadline = deadline_of(body, defaults.now).value_or(defaults.deadline),
                               .max_age = max_age_of(body),
                               .recover = body.flag("recover")};
  const std::string problem = model::problem_of(submission);
  if (problem.empty()) return submission;
  const std::size_t colon = problem.find(": ");
  throw BadRequest(problem.substr(colon + 2), problem.substr(0, colon));
}

} // namespace

std::variant<model::Query, model::Submission> read_query(const http::Request& request, const Client& client,
                                                         const Defaults& defaults)
{
  const JsonBody body(request, {"query_id", "id", "api", "datasets", "q", "label", "metadata", "deadline",
                                "max_age", "recover"});
  if (body.has("q") == body.has("query_id"))
    throw BadRequest("expected `query_id`, to register a query, or `q`, to submit one");
  if (body.has("q") && body.has("id")) throw BadRequest("it goes with query_id", "id");
  if (body.has("q")) return submission_of(body, request, client, defaults);
  for (const char* name : {"max_age", "recover"})
    if (body.has(name)) throw BadRequest("it goes with q", name);
  model::Query query = common(body, request, client, defaults);
  query.query_id = query_id_of(body);
  query.correlation = body.text("id");
  if (query.correlation && !model::is_correlation(*query.correlation))
    throw BadRequest("expected the id of POST /v1/hooks", "id");
  return query;
}

HooksOrder read_hooks(const http::Request& request, const Client& client, const Defaults& defaults)
{
  const JsonBody body(request, {"route", "api", "datasets", "label", "metadata", "deadline"});
  return {common(body, request, client, defaults), body.text("route")};
}

std::string read_reason(const http::Request& request)
{
  const JsonBody body(request, {"reason"});
  const auto reason = label_of(body, "reason");
  if (!reason || reason->empty()) throw BadRequest("missing: why the query is given up", "reason");
  return *reason;
}

} // namespace postbackd::api
