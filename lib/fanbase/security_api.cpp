#include "fanbase/security_api.hpp"

#include <fmt/format.h>

namespace postbackd::fanbase
{

std::string_view SecurityApi::refusal(const http::RequestHead& head) const
{
  return access_.client_of_token_request(head) ? "" : "client_id and client_secret match no client";
}

// RFC 6749, 5.2.
http::Response SecurityApi::refused() const
{
  http::Response response = http::json_response(R"({"error":"invalid_client"})");
  response.status = 401;
  response.challenge = "Basic realm=\"postbackd\"";
  return response;
}

boost::asio::awaitable<http::Response> SecurityApi::handle(http::Request request)
{
  const Access::Client* client = access_.client_of_token_request(request.head);
  std::string text;
  const store::AccessToken token = access_.make(client->id, text);
  const base::Result<void> kept = co_await store_.keep_token(token, clock_.now());
  if (!kept) throw base::Failure(kept.error());
  access_.add(token);
  co_return http::json_response(
      fmt::format(R"({{"access_token":"{}","token_type":"Bearer","expires_in":{},"scope":""}})", text,
                  access_.lifetime().count()));
}

} // namespace postbackd::fanbase
