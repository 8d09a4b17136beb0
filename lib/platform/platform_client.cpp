#include "platform/platform_client.hpp"

#include <fmt/format.h>

#include "model/query.hpp"
#include "text/json.hpp"
#include "text/time.hpp"

namespace postbackd::platform
{
namespace
{

// Of the log by q: each record holds its whole result.
constexpr int page_size = 5;

std::string member(std::string_view name, const std::string& value)
{
  text::JsonWriter writer;
  writer.begin_object().key(name).string(value).end_object();
  return std::string(writer.text());
}

// Rebuilds the postback's envelope; the record holds the result array as a text.
std::string document_of(const text::JsonNode& record)
{
  text::JsonWriter writer;
  writer.begin_object().key("QueryId").string(record.find("QueryId").text());
  if (const auto date = record.find("QueryDate").text(); !date.empty()) writer.key("QueryDate").string(date);
  const text::JsonNode result = record.find("Result");
  const text::JsonNode status = record.find("Status");
  writer.key("Result").raw(result.text().empty() ? result.json() : std::string(result.text()));
  writer.key("Status").raw(status.is_object() ? status.json() : "{}").end_object();
  return std::string(writer.text());
}

bool has_result(const text::JsonNode& record)
{
  const text::JsonNode result = record.find("Result");
  return !result.text().empty() || result.is_array();
}

LogRecord record_of(const text::JsonNode& node, bool with_document)
{
  LogRecord record;
  if (const std::string_view id = node.find("QueryId").text(); model::is_query_id(id)) record.query_id = id;
  record.api = node.find("API").text();
  record.datasets = node.find("Datasets").text();
  record.submitted_at = text::parse_time(node.find("QueryDate").text());
  if (with_document && has_result(node)) record.document = document_of(node);
  return record;
}

} // namespace

PlatformClient::PlatformClient(Options options) : options_(std::move(options)) {}

http::ClientRequest PlatformClient::request(const char* path, std::string body) const
{
  http::ClientRequest request;
  request.method = "POST";
  request.url = options_.base_url + path;
  request.fields = {"Content-Type: application/json", "AccessToken: " + options_.access_token,
                    "TokenId: " + options_.token_id};
  request.body = base::Blob(std::move(body));
  request.timeout = options_.timeout;
  request.most_received = options_.most_received();
  request.fresh_connection = true; // a repeat costs
  return request;
}

Acknowledgement PlatformClient::submit(const model::Submission& submission, const std::string& hooks,
                                       std::stop_token stop) const
{
  text::JsonWriter writer;
  writer.begin_object().key("Api").string(submission.api).key("Datasets").string(submission.datasets);
  writer.key("q").string(submission.q).key("Hooks").string(hooks);
  if (submission.parameters) {
    const auto parameters = text::JsonDocument::parse(*submission.parameters);
    if (!parameters) return {.outcome = Acknowledgement::Outcome::refused, .message = "parameters: not JSON"};
    for (const auto& [name, value] : parameters->root().members())
      writer.key(name).raw(value.json());
  }
  writer.end_object();
  const auto outcome =
      http::perform(request("/chamadasassincronas/", std::string(writer.text())), std::move(stop));
  if (outcome.answer) return acknowledgement_of(*outcome.answer);
  Acknowledgement result{.message = fmt::format("{}: {}", options_.base_url, outcome.error)};
  if (!outcome.sent) result.outcome = Acknowledgement::Outcome::not_accepted;
  return result;
}

base::Result<text::JsonDocument> PlatformClient::ask(const char* path, std::string body,
                                                     std::stop_token stop) const
{
  const auto outcome = http::perform(request(path, std::move(body)), std::move(stop));
  if (!outcome.answer)
    return base::Error{base::Errc::unavailable,
                       fmt::format("{}{}: {}", options_.base_url, path, outcome.error)};
  const http::ClientAnswer& answer = *outcome.answer;
  const auto document = text::JsonDocument::parse(answer.body);
  const auto fail = [&](base::Errc code, const std::string& why) {
    return base::Error{code, fmt::format("{}{}: {}", options_.base_url, path, why)};
  };
  if (!document || !document->root().is_object())
    return fail(base::Errc::unavailable, description_of(answer));
  const auto code = worst_of(codes_of(document->root().find("Status")));
  if (code && code->code != 0)
    return fail(code->code <= retryable_code ? base::Errc::unavailable : base::Errc::invalid, code->text());
  if (answer.status >= 300) return fail(base::Errc::unavailable, fmt::format("HTTP {}", answer.status));
  return *document;
}

base::Result<Metadata> PlatformClient::metadata(const std::string& query_id, std::stop_token stop) const
{
  const auto document =
      ask("/chamadasassincronas/obterMetadado", member("QueryId", query_id), std::move(stop));
  if (!document) return document.error();
  // May be nested or not: the platform's documents do not say.
  text::JsonNode result = document->root().find("Result");
  if (const auto elements = result.elements(); !elements.empty()) result = elements.front();
  if (const auto nested = result.find("HookMetadata"); nested.present()) result = nested;
  return Metadata{std::string(result.find("Status").text())};
}

base::Result<LogPage> PlatformClient::log_of_query(const std::string& query_id, std::stop_token stop) const
{
  return log(member("QueryId", query_id), true, std::move(stop));
}

base::Result<LogPage> PlatformClient::log_of_q(const std::string& q, const std::string& cursor,
                                               std::stop_token stop) const
{
  text::JsonWriter writer;
  writer.begin_object().key("q").string(q).key("PageSize").number(page_size);
  if (!cursor.empty()) writer.key("Cursor").string(cursor);
  writer.end_object();
  return log(std::string(writer.text()), false, std::move(stop));
}

base::Result<LogPage> PlatformClient::log(std::string body, bool with_documents, std::stop_token stop) const
{
  const auto document = ask("/log/", std::move(body), std::move(stop));
  if (!document) return document.error();
  LogPage page;
  for (const text::JsonNode& record : document->root().find("Result").elements())
    page.records.push_back(record_of(record, with_documents));
  page.cursor = document->root().find("Cursor").text();
  return page;
}

} // namespace postbackd::platform
