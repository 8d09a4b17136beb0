#include "forwarder.hpp"

#include <fmt/format.h>

#include <fstream>
#include <iostream>
#include <thread>

#include "base/ascii.hpp"
#include "base/plain_text.hpp"
#include "delivery/http_handler.hpp"

namespace postbackd::ctl
{
namespace
{

constexpr std::chrono::seconds retry_pause{2};

} // namespace

Forwarder::Forwarder(const ApiClient& client, const std::string& url, const std::string& secret_file,
                     std::size_t skip_after)
    : client_(client), skip_after_(skip_after)
{
  delivery::HandlerOptions options{.name = "listen", .kind = "http", .settings = {{"url", {url}}}};
  if (!secret_file.empty()) {
    std::ifstream file(secret_file);
    std::string secret;
    if (!(file >> secret))
      throw base::Failure(base::Errc::not_found, fmt::format("cannot read a secret from '{}'", secret_file));
    options.secrets["signing_secret"] = {secret};
  }
  handler_ = delivery::make_http_handler(options, clock_);
}

void Forwarder::forward(const text::JsonNode& event) const
{
  delivery::Delivery delivery = delivery_of(event);
  for (;; ++delivery.attempt) {
    const delivery::Outcome outcome = handler_->handle(delivery, {});
    std::cout << base::as_line(fmt::format("{} {} {}: {}", event.member("seq").json(), delivery.event,
                                           delivery.id, outcome.detail()))
              << std::endl;
    if (outcome.kind != delivery::Outcome::Kind::retry || !std::cout) return;
    if (static_cast<std::size_t>(delivery.attempt) == skip_after_) {
      std::cerr << fmt::format("postbackctl: {} is skipped\n", event.member("seq").json());
      return;
    }
    std::this_thread::sleep_for(outcome.delay.value_or(retry_pause));
  }
}

delivery::Delivery Forwarder::delivery_of(const text::JsonNode& event) const
{
  const auto text = [&event](std::string_view name) { return std::string(event.member(name).text()); };
  delivery::Delivery delivery{.event = text("event"),
                              .id = text("id"),
                              .query_id = text("query_id"),
                              .label = text("label"),
                              .key = text("key"),
                              .metadata =
                                  event.member("metadata").present() ? event.member("metadata").json() : "",
                              .group = text("group"),
                              .api = text("api"),
                              .datasets = text("datasets"),
                              .status = text("status"),
                              .receipt = event.member("receipt").integer(),
                              .document = event.json(),
                              .idempotency_key = "listen-" + event.member("seq").json(),
                              .handler = "listen",
                              .traceparent = text("traceparent"),
                              .tracestate = text("tracestate")};
  const std::string of_its_query = "/v1/queries/" + base::percent_encoded(delivery.id) + "/result";
  const bool is_extra = delivery.event == "extra" && delivery.receipt;
  if (!is_extra && delivery.event != "result" && delivery.event != "recovered" && delivery.event != "late")
    return delivery;
  const ApiClient::Answer result =
      client_.get(is_extra ? of_its_query + fmt::format("?receipt={}", *delivery.receipt) : of_its_query);
  if (result.status == 200) delivery.document = result.body;
  return delivery;
}

} // namespace postbackd::ctl
