#include "api_actions.hpp"

#include <fmt/format.h>

#include <unistd.h>

#include "api_client.hpp"
#include "base/ascii.hpp"
#include "text/json.hpp"
#include "text/json_document.hpp"
#include "text/time.hpp"

namespace postbackd::ctl
{
namespace
{

const char* word_of(store::DeliveryAction action)
{
  using store::DeliveryAction;
  switch (action) {
  case DeliveryAction::retry:
    return "retry";
  case DeliveryAction::hold:
    return "hold";
  case DeliveryAction::release:
    return "release";
  case DeliveryAction::kill:
    return "kill";
  }
  return "";
}

ApiClient::Answer post(const Configuration& configuration, const std::string& path, const std::string& body)
{
  const auto client = ApiClient::connect(configuration);
  if (!client) throw base::Failure(base::Errc::unavailable, "nobody listens on the socket of [api]");
  return client->call("POST", path, body);
}

std::int64_t count_of(const ApiClient::Answer& answer, const char* member = "deliveries")
{
  if (answer.status != 200) throw base::Failure(base::Errc::invalid, detail_of(answer.body));
  const auto document = text::JsonDocument::parse(answer.body);
  return document ? document->root().member(member).integer().value_or(0) : 0;
}

} // namespace

bool goes_over_api(const Configuration& configuration)
{
  return ::access(configuration.fixed.store.path.c_str(), W_OK) != 0 &&
         ApiClient::connect(configuration).has_value();
}

std::int64_t apply_over_api(const Configuration& configuration, store::DeliveryAction action,
                            const store::DeliveryFilter& filter, const std::string& reason, bool all,
                            bool dry_run)
{
  text::JsonWriter writer;
  writer.begin_object();
  if (filter.id) writer.key("delivery_id").number(*filter.id);
  if (filter.handler) writer.key("handler").string(*filter.handler);
  if (filter.query) writer.key("query").string(*filter.query);
  if (filter.state) writer.key("state").string(model::to_text(*filter.state));
  if (filter.older_than) writer.key("older_than").string(text::format_time(*filter.older_than));
  if (!reason.empty()) writer.key("reason").string(reason);
  writer.key("all").boolean(all).key("dry_run").boolean(dry_run).end_object();
  return count_of(
      post(configuration, fmt::format("/v1/deliveries/{}", word_of(action)), std::string(writer.text())));
}

std::int64_t replay_over_api(const Configuration& configuration, const std::string& handler,
                             const std::string& since, bool dry_run)
{
  text::JsonWriter writer;
  writer.begin_object().key("since").string(since).key("dry_run").boolean(dry_run).end_object();
  return count_of(post(configuration, fmt::format("/v1/handlers/{}/replay", base::percent_encoded(handler)),
                       std::string(writer.text())));
}

std::int64_t close_all_over_api(const Configuration& configuration, const store::QueriesToClose& which,
                                const std::string& reason)
{
  text::JsonWriter writer;
  writer.begin_object().key("reason").string(reason);
  if (which.label) writer.key("label").string(*which.label);
  if (which.group) writer.key("group").string(*which.group);
  if (which.key_prefix) writer.key("key_prefix").string(*which.key_prefix);
  writer.end_object();
  return count_of(post(configuration, "/v1/queries/close", std::string(writer.text())), "queries");
}

bool close_over_api(const Configuration& configuration, const std::string& id, const std::string& reason)
{
  text::JsonWriter writer;
  writer.begin_object().key("reason").string(reason).end_object();
  const auto answer = post(configuration, fmt::format("/v1/queries/{}/close", base::percent_encoded(id)),
                           std::string(writer.text()));
  if (answer.status == 200) return true;
  if (answer.status == 404 || answer.status == 409) return false;
  throw base::Failure(base::Errc::invalid, detail_of(answer.body));
}

} // namespace postbackd::ctl
