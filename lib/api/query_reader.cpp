#include "api/query_reader.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "api/problem.hpp"
#include "model/correlation.hpp"
#include "text/json_document.hpp"
#include "text/time.hpp"

namespace postbackd::api
{
namespace
{

constexpr std::size_t longest_metadata = 4 << 10;

using Names = std::initializer_list<std::string_view>;

// A JSON object with known members only.
class Body
{
public:
  Body(const http::Request& request, Names names)
  {
    base::BlobReader reader(request.body); // in a file, when many bodies are in memory
    for (auto piece = reader.next(); !piece.empty(); piece = reader.next())
      text_ += piece;
    base::Result<text::JsonDocument> document = text::JsonDocument::parse(text_);
    if (!document) throw BadRequest("the body is not JSON: " + document.error().message);
    document_.emplace(std::move(*document));
    if (!document_->root().is_object()) throw BadRequest("the body is not a JSON object");
    std::set<std::string_view> seen;
    for (const auto& [name, value] : document_->root().members()) {
      if (std::find(names.begin(), names.end(), name) == names.end())
        throw BadRequest(fmt::format("unknown member: expected {}", fmt::join(names, ", ")),
                         std::string(name.substr(0, 40)));
      if (!seen.insert(name).second) throw BadRequest("it occurs twice", std::string(name));
    }
  }

  bool has(std::string_view name) const { return node(name).present() && !node(name).is_null(); }

  std::optional<std::string> text(std::string_view name) const
  {
    if (!has(name)) return std::nullopt;
    if (!node(name).is_string()) throw BadRequest("expected a text", std::string(name));
    return std::string(node(name).text());
  }

  std::optional<std::string> object(std::string_view name) const
  {
    if (!has(name)) return std::nullopt;
    if (!node(name).is_object()) throw BadRequest("expected a JSON object", std::string(name));
    std::string json = node(name).json();
    if (json.size() > longest_metadata)
      throw BadRequest(fmt::format("expected at most {} bytes", longest_metadata), std::string(name));
    return json;
  }

private:
  text::JsonNode node(std::string_view name) const { return document_->root().member(name); }

  std::string text_;
  std::optional<text::JsonDocument> document_;
};

std::optional<std::string> label_of(const Body& body, std::string_view name)
{
  auto text = body.text(name);
  if (text && !model::is_label(*text))
    throw BadRequest("expected up to 1024 bytes of UTF-8 without control characters", std::string(name));
  return text;
}

std::optional<std::chrono::seconds> deadline_of(const Body& body, base::TimePoint now)
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
model::Query common(const Body& body, const http::Request& request, const Client& client,
                    const Defaults& defaults)
{
  model::Query query;
  query.label = label_of(body, "label");
  query.api = label_of(body, "api");
  query.datasets = label_of(body, "datasets");
  query.metadata = body.object("metadata");
  query.key = key_of(request);
  query.client = client.name;
  if (const auto deadline = deadline_of(body, defaults.now)) query.deadline_at = defaults.now + *deadline;
  return query;
}

std::string query_id_of(const Body& body)
{
  const std::string text = *body.text("query_id");
  if (!model::is_query_id(text) || text.find_first_of(" {}\"'") != std::string::npos)
    throw BadRequest("expected 1 to 128 printable ASCII characters, without blanks, braces and quotes",
                     "query_id");
  return text;
}

model::Submission submission_of(const Body& body, const http::Request& request, const Client& client,
                                const Defaults& defaults)
{
  model::Submission submission{.api = body.text("api").value_or(""),
                               .datasets = body.text("datasets").value_or(""),
                               .q = *body.text("q"),
                               .label = label_of(body, "label"),
                               .key = key_of(request),
                               .metadata = body.object("metadata"),
                               .client = client.name,
                               .deadline = deadline_of(body, defaults.now).value_or(defaults.deadline)};
  const std::string problem = model::problem_of(submission);
  if (problem.empty()) return submission;
  const std::size_t colon = problem.find(": ");
  throw BadRequest(problem.substr(colon + 2), problem.substr(0, colon));
}

} // namespace

std::variant<model::Query, model::Submission> read_query(const http::Request& request, const Client& client,
                                                         const Defaults& defaults)
{
  const Body body(request, {"query_id", "id", "api", "datasets", "q", "label", "metadata", "deadline"});
  if (body.has("q") == body.has("query_id"))
    throw BadRequest("expected `query_id`, to register a query, or `q`, to submit one");
  if (body.has("q")) return submission_of(body, request, client, defaults);
  model::Query query = common(body, request, client, defaults);
  query.query_id = query_id_of(body);
  query.correlation = body.text("id");
  if (query.correlation && !model::is_correlation(*query.correlation))
    throw BadRequest("expected the id of POST /v1/hooks", "id");
  return query;
}

HooksOrder read_hooks(const http::Request& request, const Client& client, const Defaults& defaults)
{
  const Body body(request, {"route", "api", "datasets", "label", "metadata", "deadline"});
  return {common(body, request, client, defaults), body.text("route")};
}

std::string read_reason(const http::Request& request)
{
  const Body body(request, {"reason"});
  const auto reason = label_of(body, "reason");
  if (!reason || reason->empty()) throw BadRequest("missing: why the query is given up", "reason");
  return *reason;
}

} // namespace postbackd::api
