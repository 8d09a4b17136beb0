#pragma once

#include <functional>
#include <string>

#include "fanbase/access.hpp"
#include "http/router.hpp"

namespace postbackd::fanbase
{

// An endpoint for clients with a token, which are told in their own words when theirs is not valid.
class ClientEndpoint final : public http::Endpoint
{
public:
  using Handler = std::function<boost::asio::awaitable<http::Response>(http::Request, std::string client)>;

  // The access must outlive the endpoint. `refused` is the body of a 401; larger bodies than `most` are
  // refused by the handler, those beyond sixteen times that by the server.
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
  std::uint64_t body_limit() const override { return 16 * most_; }
  boost::asio::awaitable<http::Response> handle(http::Request request) override
  {
    std::string client = access_.client_of(request.head);
    if (client.empty()) co_return refused(); // it has expired while the body came
    co_return co_await handler_(std::move(request), std::move(client));
  }

private:
  const Access& access_;
  Handler handler_;
  std::string refused_;
  std::uint64_t most_;
};

// The whole body, wherever it is.
std::string text_of(const base::Blob& body);

} // namespace postbackd::fanbase
