#include "api/query_reader.hpp"

#include <fmt/format.h>

#include "api/json_body.hpp"
#include "api/problem.hpp"
#include "model/correlation.hpp"
#include "model/trace_context.hpp"
#include "text/time.hpp"

namespace postbackd::api
{
namespace
{

// What a body does not say.
struct Order {
  const Client& client;
  const Defaults& defaults;
  std::optional<std::string> key;
  std::optional<std::string> trace;
};

std::optional<std::string> label_of(const JsonBody& body, std::string_view name)
{
  auto text = body.text(name);
  if (text && !model::is_label(*text))
    throw BadRequest("expected up to 1024 bytes of UTF-8 without control characters", std::string(name));
  return text;
}

// A time to come, given as itself or as how long it is away.
struct Moment {
  base::TimePoint time;
  std::optional<std::chrono::seconds> away; // if it was given so
};

std::optional<Moment> moment_of(const JsonBody& body, const char* name, base::TimePoint now)
{
  const auto text = body.text(name);
  if (!text) return std::nullopt;
  const auto away = text::parse_deadline(*text, now);
  if (!away || *away > std::chrono::days(366))
    throw BadRequest("expected a duration such as 10m, or a time within a year such as "
                     "2026-01-31T21:00:00-03:00",
                     name);
  if (text::parse_duration(*text)) {
    const auto seconds = std::chrono::ceil<std::chrono::seconds>(*away);
    return Moment{now + seconds, seconds};
  }
  return Moment{now + *away, std::nullopt};
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

// A label that is not empty.
std::optional<std::string> name_of(const JsonBody& body, std::string_view name)
{
  auto text = label_of(body, name);
  if (text && text->empty())
    throw BadRequest("expected 1 to 1024 bytes of UTF-8 without control characters", std::string(name));
  return text;
}

std::optional<base::TimePoint> time_of(const JsonBody& body, std::string_view name)
{
  const auto text = body.text(name);
  if (!text) return std::nullopt;
  const auto time = text::parse_time(*text);
  if (!time) throw BadRequest("expected a time such as 2026-01-31T12:00:00Z", std::string(name));
  return time;
}

// What both kinds of registration have.
model::Query common(const JsonBody& body, const Order& order)
{
  model::Query query;
  query.label = label_of(body, "label");
  query.api = label_of(body, "api");
  query.datasets = label_of(body, "datasets");
  query.metadata = body.object("metadata", model::longest_object);
  query.group = name_of(body, "group");
  query.key = order.key;
  query.trace = order.trace;
  query.client = order.client.name;
  if (const auto deadline = moment_of(body, "deadline", order.defaults.now))
    query.deadline_at = deadline->time;
  return query;
}

std::string reason_of(const JsonBody& body)
{
  const auto reason = label_of(body, "reason");
  if (!reason || reason->empty()) throw BadRequest("missing: why", "reason");
  return *reason;
}

std::string query_id_of(const JsonBody& body)
{
  const std::string text = *body.text("query_id");
  if (!model::is_query_id(text)) throw BadRequest(model::query_id_rule, "query_id");
  return text;
}

model::Submission submission_of(const JsonBody& body, const Order& order)
{
  const base::TimePoint now = order.defaults.now;
  const auto deadline = moment_of(body, "deadline", now);
  const auto expires = moment_of(body, "expires", now);
  model::Submission submission{.api = body.text("api").value_or(""),
                               .datasets = body.text("datasets").value_or(""),
                               .q = *body.text("q"),
                               .label = label_of(body, "label"),
                               .key = order.key,
                               .metadata = body.object("metadata", model::longest_object),
                               .group = name_of(body, "group"),
                               .trace = order.trace,
                               .parameters = body.object("parameters", model::longest_object),
                               .client = order.client.name,
                               .deadline = order.defaults.deadline,
                               .max_age = max_age_of(body),
                               .budget = order.client.budget,
                               .again = body.flag("again"),
                               .recover = body.flag("recover")};
  if (deadline && deadline->away) submission.deadline = *deadline->away;
  if (deadline && !deadline->away) submission.deadline_at = deadline->time;
  if (expires) submission.expires_at = expires->time;
  if (submission.again && !submission.key) throw BadRequest("it goes with a key", "again");
  const std::string problem = model::problem_of(submission);
  if (problem.empty()) return submission;
  const std::size_t colon = problem.find(": ");
  throw BadRequest(problem.substr(colon + 2), problem.substr(0, colon));
}

std::variant<model::Query, model::Submission> read_order(const JsonBody& body, const Order& order)
{
  if (body.has("q") == body.has("query_id"))
    throw BadRequest(body.has("q")
                         ? "expected `query_id`, to register a query, or `q`, to submit one: not both"
                         : "expected `query_id`, to register a query, or `q`, to submit one");
  if (body.has("q") && body.has("id")) throw BadRequest("it goes with query_id", "id");
  if (body.has("q")) return submission_of(body, order);
  for (const char* name : {"max_age", "recover", "again", "expires", "parameters", "hooks"})
    if (body.has(name)) throw BadRequest("it goes with q", name);
  model::Query query = common(body, order);
  query.query_id = query_id_of(body);
  query.correlation = body.text("id");
  if (query.correlation && !model::is_correlation(*query.correlation))
    throw BadRequest("expected the id of POST /v1/hooks", "id");
  return query;
}

// `hooks` is a member of the platform's own requests; ours take its place.
const std::vector<std::string_view> members_of_line{
    "key",   "query_id", "api",     "datasets", "q",     "parameters", "label", "metadata",
    "group", "deadline", "expires", "max_age",  "again", "recover",    "hooks"};
const std::vector<std::string_view> members{"query_id",   "id",      "api",      "datasets", "q",
                                            "parameters", "label",   "metadata", "group",    "deadline",
                                            "expires",    "max_age", "again",    "recover",  "hooks"};

} // namespace

std::optional<std::string> key_of(const http::Request& request)
{
  if (request.head.count("Idempotency-Key") == 0) return std::nullopt;
  const auto key = request.head.only("Idempotency-Key");
  if (!key) throw BadRequest("it occurs twice", "Idempotency-Key");
  if (key->empty() || !model::is_label(std::string(*key)))
    throw BadRequest("expected 1 to 1024 bytes of UTF-8 without control characters", "Idempotency-Key");
  return std::string(*key);
}

std::optional<std::string> trace_of(const http::Request& request)
{
  const std::string trace =
      model::read_trace(request.head.only("traceparent").value_or(""), request.head.joined("tracestate"))
          .text();
  return trace.empty() ? std::nullopt : std::optional(trace);
}

std::variant<model::Query, model::Submission> read_query(const http::Request& request, const Client& client,
                                                         const Defaults& defaults)
{
  return read_order(JsonBody(request, members), {client, defaults, key_of(request), trace_of(request)});
}

std::variant<model::Query, model::Submission> read_line(std::string line, const Client& client,
                                                        const Defaults& defaults,
                                                        const std::optional<std::string>& trace)
{
  const JsonBody body(std::move(line), members_of_line);
  if (body.has("q") && !body.has("key"))
    throw BadRequest("missing: without it, a line that is sent again would be asked again", "key");
  return read_order(body, {client, defaults, name_of(body, "key"), trace});
}

HooksOrder read_hooks(const http::Request& request, const Client& client, const Defaults& defaults)
{
  const JsonBody body(request, {"route", "api", "datasets", "label", "metadata", "group", "deadline"});
  return {common(body, {client, defaults, key_of(request), trace_of(request)}), body.text("route")};
}

std::string read_reason(const http::Request& request)
{
  const JsonBody body(request, {"reason"});
  return reason_of(body);
}

ToClose read_queries_to_close(const http::Request& request)
{
  const JsonBody body(request, {"label", "group", "key_prefix", "key", "state", "api", "client", "since",
                                "until", "reason", "dry_run"});
  ToClose order;
  store::QueriesToClose& which = order.which;
  which.label = label_of(body, "label");
  which.group = name_of(body, "group");
  which.key_prefix = name_of(body, "key_prefix");
  which.key = name_of(body, "key");
  which.api = name_of(body, "api");
  which.client = name_of(body, "client"); // of others only for who sees all
  if (const auto state = body.text("state")) {
    which.state = model::query_state_of(*state);
    if (!which.state) throw BadRequest(model::query_state_rule(), "state");
  }
  which.since = time_of(body, "since");
  which.until = time_of(body, "until");
  if (!which.selects())
    throw BadRequest("which ones? expected label, group, key, key_prefix, state, api, since or until");
  order.reason = reason_of(body);
  order.dry_run = body.flag("dry_run");
  return order;
}

} // namespace postbackd::api
