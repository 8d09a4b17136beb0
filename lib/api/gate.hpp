#pragma once

#include "api/client.hpp"
#include "api/page.hpp"
#include "api/problem.hpp"
#include "http/router.hpp"

namespace postbackd::api
{

// Whoever is no client learns no path, but for those of the page.
class Gate final : public http::Endpoint
{
public:
  explicit Gate(std::shared_ptr<const Access> access) : access_(std::move(access)) {}

  std::string_view refusal(const http::RequestHead& head) const override
  {
    const bool has_page = access_->page().sessions != nullptr;
    if (has_page && (Page::serves(head.path) || head.path == "/v1/session")) return {};
    return access_->identify(head) ? std::string_view() : "no token of a client";
  }
  http::Response refused() const override { return no_client(); }
  std::uint64_t body_limit(const http::RequestHead&) const override { return 0; }
  boost::asio::awaitable<http::Response> handle(http::Request) override { co_return no_client(); }

private:
  std::shared_ptr<const Access> access_;
};

} // namespace postbackd::api
