#include "delivery/http_handler.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "base/base64.hpp"
#include "base/secret.hpp"
#include "delivery/metadata.hpp"
#include "http/client.hpp"
#include "text/json_document.hpp"

namespace postbackd::delivery
{
namespace
{

constexpr std::size_t most_answer = 64 << 10; // its beginning is kept with the attempt
constexpr std::size_t kept_answer = 500;
constexpr std::chrono::hours longest_retry_after{24};

// The key of a `whsec_` secret is base64; any other text is the key itself.
base::Secret signing_key(const std::string& text)
{
  constexpr std::string_view prefix = "whsec_";
  if (!text.starts_with(prefix)) return base::Secret(text);
  const auto key = base::from_base64(std::string_view(text).substr(prefix.size()));
  if (!key || key->size() < 24 || key->size() > 64)
    throw base::Failure(base::Errc::invalid,
                        "signing_secret: the text after whsec_ must be 24 to 64 bytes in base64");
  return base::Secret(*key);
}

std::optional<std::chrono::milliseconds> delay_of(const http::ClientAnswer& answer)
{
  if (!answer.retry_after) return std::nullopt;
  return std::min<std::chrono::seconds>(*answer.retry_after, longest_retry_after);
}

// Returns the member `message` of a JSON answer, or an empty text.
std::string message_of(const http::ClientAnswer& answer)
{
  const auto document = text::JsonDocument::parse(answer.body);
  return document ? std::string(document->root().member("message").text()) : std::string();
}

Outcome outcome_of(const http::ClientAnswer& answer)
{
  const std::string status = fmt::format("HTTP {}", answer.status);
  if (answer.status >= 200 && answer.status < 300) return Outcome::done(status).telling(message_of(answer));
  const bool later =
      answer.status == 408 || answer.status == 425 || answer.status == 429 || answer.status >= 500;
  return (later ? Outcome::retry(status, delay_of(answer)) : Outcome::dead(status))
      .with(answer.body.substr(0, kept_answer))
      .telling(message_of(answer));
}

class HttpHandler final : public Handler
{
public:
  HttpHandler(const HandlerOptions& options, const base::Clock& clock)
      : url_(options.text("url")), timeout_(options.timeout), clock_(clock)
  {
    if (const auto secrets = options.secrets.find("signing_secret"); secrets != options.secrets.end())
      for (const std::string& secret : secrets->second)
        keys_.push_back(signing_key(secret));
    if (const auto headers = options.secrets.find("header"); headers != options.secrets.end())
      headers_ = headers->second;
  }

  Outcome handle(const Delivery& delivery, std::stop_token stop) override
  {
    http::ClientRequest request;
    request.method = "POST";
    request.url = url_;
    request.timeout = timeout_;
    request.most_received = most_answer;
    request.drops_rest = true;
    request.body = delivery.document;
    request.fields = {"Content-Type: application/json", "Idempotency-Key: " + delivery.idempotency_key};
    for (const auto& [name, value] : metadata_of(delivery))
      if (!value.empty()) request.fields.push_back("Postback-" + name + ": " + value);
    for (const auto& [name, value] :
         {std::pair("traceparent", &delivery.traceparent), std::pair("tracestate", &delivery.tracestate)})
      if (!value->empty()) request.fields.push_back(std::string(name) + ": " + *value);
    request.fields.insert(request.fields.end(), headers_.begin(), headers_.end());
    sign(delivery, request);
    const http::ClientOutcome outcome = http::perform(request, std::move(stop));
    return outcome.answer ? outcome_of(*outcome.answer) : Outcome::retry(outcome.error);
  }

private:
  void sign(const Delivery& delivery, http::ClientRequest& request) const
  {
    const auto now =
        std::chrono::duration_cast<std::chrono::seconds>(clock_.now().time_since_epoch()).count();
    request.fields.push_back("webhook-id: " + delivery.idempotency_key);
    request.fields.push_back("webhook-timestamp: " + std::to_string(now));
    if (keys_.empty()) return;
    std::string field = "webhook-signature:";
    for (const base::Secret& key : keys_) {
      const base::Sha256 signature =
          key.sign(fmt::format("{}.{}.", delivery.idempotency_key, now), delivery.document);
      field += " v1," + base::to_base64({reinterpret_cast<const char*>(signature.data()), signature.size()});
    }
    request.fields.push_back(std::move(field));
  }

  std::string url_;
  std::chrono::milliseconds timeout_;
  const base::Clock& clock_;
  std::vector<base::Secret> keys_; // each signs, so that the receiver can change from one to the next
  std::vector<std::string> headers_;
};

} // namespace

std::unique_ptr<Handler> make_http_handler(const HandlerOptions& options, const base::Clock& clock)
{
  const std::string url = options.text("url");
  if (url.empty()) throw base::Failure(base::Errc::invalid, "url: missing");
  if (!url.starts_with("http://") && !url.starts_with("https://"))
    throw base::Failure(base::Errc::invalid,
                        fmt::format("url: '{}' does not begin with http:// or https://", url));
  return std::make_unique<HttpHandler>(options, clock);
}

} // namespace postbackd::delivery
