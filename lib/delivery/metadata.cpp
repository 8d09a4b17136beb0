#include "delivery/metadata.hpp"

#include "base/ascii.hpp"
#include "text/json.hpp"

namespace postbackd::delivery
{
namespace
{

std::string printable(const std::string& text)
{
  return base::percent_encoded(text, [](char c) { return c >= ' ' && c <= '~' && c != '%'; });
}

} // namespace

std::vector<std::pair<std::string, std::string>> metadata_of(const Delivery& delivery)
{
  return {{"Event", delivery.event},
          {"Id", printable(delivery.id)},
          {"Query-Id", printable(delivery.query_id)},
          {"Label", printable(delivery.label)},
          {"Key", printable(delivery.key)},
          {"Metadata", text::ascii_json(delivery.metadata)},
          {"Group", printable(delivery.group)},
          {"Api", printable(delivery.api)},
          {"Datasets", printable(delivery.datasets)},
          {"Status", delivery.status},
          {"Receipt", delivery.receipt ? std::to_string(*delivery.receipt) : std::string()},
          {"Route", printable(delivery.route)},
          {"Idempotency-Key", delivery.idempotency_key},
          {"Attempt", std::to_string(delivery.attempt)},
          {"Handler", printable(delivery.handler)},
          {"Replay", delivery.replayed ? "1" : ""}};
}

} // namespace postbackd::delivery
