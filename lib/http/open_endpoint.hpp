#pragma once

#include <functional>

#include "http/router.hpp"

namespace postbackd::http
{

// An endpoint that accepts every sender.
class OpenEndpoint final : public Endpoint
{
public:
  using Handler = std::function<boost::asio::awaitable<Response>(Request)>;

  explicit OpenEndpoint(Handler handler, std::uint64_t body_limit = 0)
      : handler_(std::move(handler)), body_limit_(body_limit)
  {
  }

  std::string_view refusal(const RequestHead&) const override { return {}; }
  // Nobody knows the sender: it has no more than the time of a header, and gives way to others.
  bool judges_by_body(const RequestHead&) const override { return true; }
  std::uint64_t body_limit(const RequestHead&) const override { return body_limit_; }
  boost::asio::awaitable<Response> handle(Request request) override { return handler_(std::move(request)); }

private:
  Handler handler_;
  std::uint64_t body_limit_;
};

} // namespace postbackd::http
