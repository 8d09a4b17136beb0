#include "platform/platform_client.hpp"

#include <fmt/format.h>

#include "text/json.hpp"
#include "text/time.hpp"

namespace postbackd::platform
{
namespace
{

// Codes from here downward are errors of the moment (protocol, 1.2).
constexpr std::int64_t retryable_code = -1200;
constexpr std::size_t kept_answer = 200;

std::string member(std::string_view name, const std::string& value)
{
  text::JsonWriter writer;
  writer.begin_object().key(name).string(value).end_object();
  return std::string(writer.text());
}

struct Code {
  std::int64_t code = 0;
  std::string message;
};

// `Status`: a map of lists of codes, or one object with a code. The first that is not 0, or a 0; nothing when
// there is none.
std::optional<Code> code_of(const text::JsonNode& status)
{
  const auto read = [](const text::JsonNode& node) -> std::optional<Code> {
    const auto code = node.find("Code").integer();
    if (!code) return std::nullopt;
    return Code{*code, std::string(node.find("Message").text())};
  };
  if (const auto single = read(status)) return single;
  std::optional<Code> found;
  for (const text::JsonNode& list : status.values())
    for (const text::JsonNode& each : list.elements())
      if (const auto code = read(each); code && (!found || found->code == 0)) found = code;
  return found;
}

std::string beginning(const std::string& body)
{
  return body.empty() ? "with an empty body" : fmt::format("'{}'", body.substr(0, kept_answer));
}

Acknowledgement unknown(std::string why) { return {.message = std::move(why)}; }

// What an answer without a code of the platform's says: a proxy's, or of something else that listens there.
Acknowledgement judge_status(const http::ClientAnswer& answer)
{
  using Outcome = Acknowledgement::Outcome;
  Acknowledgement result;
  result.message = fmt::format("HTTP {} {}", answer.status, beginning(answer.body));
  if (answer.status == 429) result.outcome = Outcome::not_accepted;
  if (answer.status >= 300 && answer.status < 400)
    result.message += ": a redirect is not followed; is [platform] base_url right?";
  const bool refused =
      answer.status >= 300 && answer.status < 500 && answer.status != 408 && answer.status != 429;
  if (refused) result.outcome = Outcome::refused;
  if (answer.status < 300) result.message += ": no acknowledgement; is [platform] base_url right?";
  return result;
}

Acknowledgement judge(const http::ClientAnswer& answer)
{
  using Outcome = Acknowledgement::Outcome;
  const auto document = text::JsonDocument::parse(answer.body);
  const auto code = document ? code_of(document->root().find("Status")) : std::nullopt;
  Acknowledgement result;
  if (!code || answer.status == 429) {
    result = judge_status(answer);
  } else if (code->code == 0) {
    result.outcome = Outcome::accepted;
    result.query_id = document->root().find("QueryId").text();
    result.message = result.query_id.empty() ? "acknowledged without a QueryId" : code->message;
  } else {
    result.outcome = code->code <= retryable_code ? Outcome::not_accepted : Outcome::refused;
    result.message = fmt::format("{} {}", code->code, code->message);
  }
  if (code) result.code = code->code;
  // Whatever it says, a server that failed may have accepted it first.
  if (answer.status >= 500 && result.outcome != Outcome::accepted) result.outcome = Outcome::unknown;
  result.retry_after = answer.retry_after;
  return result;
}

// The array is a text within the record; the envelope around it is made again.
std::string document_of(const text::JsonNode& record)
{
  text::JsonWriter head;
  head.begin_object().key("QueryId").string(record.find("QueryId").text());
  if (const auto date = record.find("QueryDate").text(); !date.empty()) head.key("QueryDate").string(date);
  head.end_object();
  std::string document(head.text());
  document.pop_back();
  const text::JsonNode result = record.find("Result");
  const text::JsonNode status = record.find("Status");
  document += ",\"Result\":";
  document += result.text().empty() ? result.json() : std::string(result.text());
  document += ",\"Status\":" + (status.is_object() ? status.json() : "{}") + "}";
  return document;
}

LogRecord record_of(const text::JsonNode& node)
{
  LogRecord record;
  record.query_id = node.find("QueryId").text();
  record.api = node.find("API").text();
  record.datasets = node.find("Datasets").text();
  record.asked_at = text::parse_time(node.find("QueryDate").text());
  record.document = document_of(node);
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
  request.most_received = options_.most_received;
  request.fresh_connection = true; // a repeat costs
  return request;
}

Acknowledgement PlatformClient::submit(const model::Question& question, const std::string& hooks,
                                       std::stop_token stop) const
{
  text::JsonWriter writer;
  writer.begin_object().key("Api").string(question.api).key("Datasets").string(question.datasets);
  writer.key("q").string(question.q).key("Hooks").string(hooks).end_object();
  const auto outcome =
      http::perform(request("/chamadasassincronas/", std::string(writer.text())), std::move(stop));
  if (outcome.answer) return judge(*outcome.answer);
  Acknowledgement result = unknown(fmt::format("{}: {}", options_.base_url, outcome.error));
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
    return fail(base::Errc::unavailable, fmt::format("HTTP {} {}", answer.status, beginning(answer.body)));
  const auto code = code_of(document->root().find("Status"));
  if (code && code->code != 0)
    return fail(code->code <= retryable_code ? base::Errc::unavailable : base::Errc::invalid,
                fmt::format("{} {}", code->code, code->message));
  if (answer.status >= 300) return fail(base::Errc::unavailable, fmt::format("HTTP {}", answer.status));
  return *document;
}

base::Result<Metadata> PlatformClient::metadata(const std::string& query_id, std::stop_token stop) const
{
  const auto document =
      ask("/chamadasassincronas/obterMetadado", member("QueryId", query_id), std::move(stop));
  if (!document) return document.error();
  // Nested or not: the documents do not say.
  text::JsonNode result = document->root().find("Result");
  if (const auto elements = result.elements(); !elements.empty()) result = elements.front();
  if (const auto nested = result.find("HookMetadata"); nested.present()) result = nested;
  return Metadata{std::string(result.find("Status").text())};
}

base::Result<LogPage> PlatformClient::log_of_query(const std::string& query_id, std::stop_token stop) const
{
  return log(member("QueryId", query_id), std::move(stop));
}

base::Result<LogPage> PlatformClient::log_of_q(const std::string& q, const std::string& cursor,
                                               std::stop_token stop) const
{
  if (cursor.empty()) return log(member("q", q), std::move(stop));
  text::JsonWriter writer;
  writer.begin_object().key("q").string(q).key("Cursor").string(cursor).end_object();
  return log(std::string(writer.text()), std::move(stop));
}

base::Result<LogPage> PlatformClient::log(std::string body, std::stop_token stop) const
{
  const auto document = ask("/log/", std::move(body), std::move(stop));
  if (!document) return document.error();
  LogPage page;
  for (const text::JsonNode& record : document->root().find("Result").elements())
    page.records.push_back(record_of(record));
  page.cursor = document->root().find("Cursor").text();
  return page;
}

base::Result<Statistics> PlatformClient::statistics(const std::string& datasets, std::stop_token stop) const
{
  text::JsonWriter writer;
  writer.begin_object().key("Datasets").string(datasets).end_object();
  const auto document = ask("/chamadasassincronas/status", std::string(writer.text()), std::move(stop));
  if (!document) return document.error();
  const text::JsonNode result = document->root().find("Result");
  const auto number = [&result](const char* name) { return result.find(name).integer().value_or(0); };
  return Statistics{number("TotalPendingHooks"), number("TotalDispatchedHooksInLastHour"),
                    number("TotalErrorHooksInLastHour")};
}

} // namespace postbackd::platform
