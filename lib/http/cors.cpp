#include "http/cors.hpp"

#include <algorithm>

namespace postbackd::http
{
namespace
{

bool comes_from(const RequestHead& head, const std::vector<std::string>& origins)
{
  if (origins.empty()) return false; // most servers
  const auto origin = head.only("Origin");
  return origin && std::find(origins.begin(), origins.end(), *origin) != origins.end();
}

} // namespace

std::optional<Response> answer_preflight(const RequestHead& head, const std::vector<std::string>& origins)
{
  if (head.method != "OPTIONS" || head.count("Access-Control-Request-Method") == 0 ||
      !comes_from(head, origins))
    return std::nullopt;
  Response response;
  response.fields = {"Access-Control-Allow-Methods: GET, POST",
                     "Access-Control-Allow-Headers: Authorization, Content-Type, Idempotency-Key, "
                     "If-None-Match, Last-Event-ID, traceparent, tracestate",
                     "Access-Control-Max-Age: 600"};
  return response;
}

void allow_origin(const RequestHead& head, const std::vector<std::string>& origins, Response& response)
{
  if (origins.empty()) return;
  response.fields.emplace_back(
      "Vary: Origin"); // also without it: a cache must not give this answer to a page
  if (!comes_from(head, origins)) return;
  response.fields.push_back("Access-Control-Allow-Origin: " + std::string(*head.only("Origin")));
  response.fields.emplace_back(
      "Access-Control-Expose-Headers: ETag, Location, Postback-Next, Postback-Receipt, Retry-After");
}

} // namespace postbackd::http
