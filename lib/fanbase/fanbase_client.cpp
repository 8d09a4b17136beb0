#include "fanbase/fanbase_client.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/ascii.hpp"
#include "text/json.hpp"
#include "text/json_document.hpp"

namespace postbackd::fanbase
{
namespace
{

constexpr std::chrono::seconds refreshed_early{60};
constexpr std::size_t kept_answer = 300;

// The URL may contain credentials, so it is never part of a message.
base::Error error_of(const char* what, const http::ClientOutcome& outcome)
{
  if (!outcome.answer) return {base::Errc::unavailable, fmt::format("{}: {}", what, outcome.error)};
  const int status = outcome.answer->status;
  const bool later = status >= 500 || status == 408 || status == 425 || status == 429 || status == 401 ||
                     status == 403 || (status >= 300 && status < 400);
  return {later ? base::Errc::unavailable : base::Errc::invalid,
          fmt::format("{}: HTTP {} {}", what, status, outcome.answer->body.substr(0, kept_answer))};
}

base::Result<RemoteObject> object_of(const base::Result<std::string>& body)
{
  if (!body) return body.error();
  const auto document = text::JsonDocument::parse(*body);
  const auto id = document ? document->root().find("id") : text::JsonNode();
  // The object was accepted: a retry might create it twice.
  if (!id.is_string() && !id.integer())
    return base::Error{base::Errc::invalid,
                       fmt::format("Fanbase: no id in '{}'", body->substr(0, kept_answer))};
  const text::JsonNode root = document->root();
  return RemoteObject{id.is_string() ? std::string(id.text()) : id.json(),
                      std::string(root.find("processStatus").text()),
                      std::string(root.find("processMsg").text())};
}

} // namespace

base::Result<std::string> FanbaseClient::token(const std::string& refused, const std::stop_token& stop)
{
  // One caller fetches the token, the others wait for it.
  const std::lock_guard lock(mutex_);
  if (!token_.empty() && token_ != refused && clock_.now() < expires_at_) return token_;
  http::ClientRequest request;
  request.method = "POST";
  request.url = fmt::format("{}/api/token?grant_type=client_credentials&client_id={}&client_secret={}",
                            options_.security_url, base::percent_encoded(options_.client_id),
                            base::percent_encoded(options_.client_secret));
  request.timeout = options_.timeout;
  const http::ClientOutcome outcome = http::perform(request, stop);
  // Any failure here is no verdict on the delivery; and the body may repeat the URL.
  if (!outcome.answer) return base::Error{base::Errc::unavailable, "Fanbase token: " + outcome.error};
  if (outcome.answer->status != 200)
    return base::Error{base::Errc::unavailable,
                       fmt::format("Fanbase token: HTTP {}", outcome.answer->status)};
  const auto document = text::JsonDocument::parse(outcome.answer->body);
  if (!document || document->root().find("access_token").text().empty())
    return base::Error{base::Errc::unavailable, "Fanbase token: no access_token in the answer"};
  token_ = document->root().find("access_token").text();
  const auto lifetime = std::chrono::seconds(
      std::clamp<std::int64_t>(document->root().find("expires_in").integer().value_or(300), 1, 86'400));
  expires_at_ = clock_.now() + lifetime - std::min(refreshed_early, lifetime / 2);
  return token_;
}

base::Result<std::string> FanbaseClient::call(const std::string& path, const std::string& body,
                                              const std::string& key, std::stop_token stop)
{
  http::ClientRequest request;
  request.method = body.empty() ? "GET" : "POST";
  request.url = options_.url + path;
  request.body = base::Blob(body);
  request.timeout = options_.timeout;
  request.fresh_connection = !body.empty(); // a repeat may enqueue twice
  std::string refused;
  for (int tries = 0;; ++tries) {
    const auto given = token(refused, stop);
    if (!given) return given.error();
    request.fields = {"AccessToken: " + *given, "Content-Type: application/json"};
    if (!key.empty()) request.fields.push_back("Idempotency-Key: " + key);
    http::ClientOutcome outcome = http::perform(request, stop);
    if (outcome.answer && outcome.answer->status >= 200 && outcome.answer->status < 300)
      return std::move(outcome.answer->body);
    if (tries > 0 || !outcome.answer || outcome.answer->status != 401) return error_of("Fanbase", outcome);
    refused = *given; // once
  }
}

base::Result<RemoteObject> FanbaseClient::enqueue(const std::string& action, const std::string& data,
                                                  const std::string& key, std::stop_token stop)
{
  text::JsonWriter writer;
  writer.begin_object().key("action").string(action).key("data").raw(data).end_object();
  return object_of(call("/api/v1/integration/queue", std::string(writer.text()), key, std::move(stop)));
}

base::Result<RemoteObject> FanbaseClient::status(const std::string& id, std::stop_token stop)
{
  return object_of(call("/api/v1/integration/queue/" + base::percent_encoded(id), "", "", std::move(stop)));
}

} // namespace postbackd::fanbase
