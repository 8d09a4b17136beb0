#pragma once

#include <functional>
#include <optional>

#include "api/client.hpp"
#include "http/router.hpp"

namespace postbackd::api
{

// Whether the body is lines of JSON: `application/x-ndjson`.
bool has_lines(const http::RequestHead& head);

// An endpoint for clients with this scope; without one, its handler looks at the scopes. Turns what the
// handler throws into a problem.
class ApiEndpoint final : public http::Endpoint
{
public:
  using Handler = std::function<boost::asio::awaitable<http::Response>(http::Request, Client&)>;

  // `lines_limit`: of a body that is lines of JSON.
  ApiEndpoint(std::shared_ptr<const Access> access, std::optional<Scope> scope, Handler handler,
              std::uint64_t body_limit = 0, std::optional<std::uint64_t> lines_limit = {})
      : access_(std::move(access)), scope_(scope), handler_(std::move(handler)), body_limit_(body_limit),
        lines_limit_(lines_limit)
  {
  }

  std::string_view refusal(const http::RequestHead& head) const override;
  http::Response refused() const override;
  std::optional<http::Response> admit(const http::RequestHead& head, std::shared_ptr<void>& place) override;
  std::uint64_t body_limit(const http::RequestHead& head) const override;
  boost::asio::awaitable<http::Response> handle(http::Request request) override;

private:
  bool takes_lines(const http::RequestHead& head) const;

  std::shared_ptr<const Access> access_;
  std::optional<Scope> scope_;
  Handler handler_;
  std::uint64_t body_limit_;
  std::optional<std::uint64_t> lines_limit_;
};

} // namespace postbackd::api
