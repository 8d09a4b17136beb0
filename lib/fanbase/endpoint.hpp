#pragma once

#include <functional>
#include <string>

#include "fanbase/access.hpp"
#include "http/router.hpp"

namespace postbackd::fanbase
{

// An endpoint for clients with a token. Clients without a valid one get a 401 in the words of their API.
class ClientEndpoint final : public http::Endpoint
{
public:
  using Handler = std::function<boost::asio::awaitable<http::Response>(http::Request, std::string client)>;

  // The access must outlive the endpoint. `refused` is the body of a 401. The handler refuses bodies above
  // `most`; the server refuses those above sixteen times that.
  ClientEndpoint(const Access& access, Handler handler, std::string refused, std::uint64_t most)
      : access_(access), handler_(std::move(handler)), refused_(std::move(refused)), most_(most)
  {
  }

  std::string_view refusal(const http::RequestHead& head) const override
  {
    return access_.client_of(head).empty() ? "no valid AccessToken" : "";
  }
  http::Response refused() const override
  {
    http::Response response = http::json_response(refused_);
    response.status = 401;
    response.challenge = "AccessToken";
    return response;
  }
  std::uint64_t body_limit(const http::RequestHead&) const override { return 16 * most_; }
  boost::asio::awaitable<http::Response> handle(http::Request request) override
  {
    std::string client = access_.client_of(request.head);
    if (client.empty()) co_return refused(); // the token expired while the body arrived
    http::Response response = co_await handler_(std::move(request), std::move(client));
    response.fields.emplace_back("Cache-Control: no-store"); // RFC 9111, 5.2.2.5
    co_return response;
  }

private:
  const Access& access_;
  Handler handler_;
  std::string refused_;
  std::uint64_t most_;
};

// Returns the whole body, from memory or file.
std::string text_of(const base::Blob& body);

} // namespace postbackd::fanbase
