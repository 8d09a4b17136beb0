#pragma once

#include "fanbase/access.hpp"
#include "http/server_state.hpp"

namespace postbackd::fanbase
{

// POST /api/token?grant_type=client_credentials&client_id=…&client_secret=… (docs/protocol.md, "Fanbase"); or
// with these as a form, or the latter two as Authorization: Basic. A stranger's form is read: it is small.
class SecurityApi final : public http::Endpoint
{
public:
  // All references must outlive it.
  SecurityApi(Access& access, store::FanbaseStore& store, const base::Clock& clock)
      : access_(access), store_(store), clock_(clock)
  {
  }

  void add_to(http::Router& router) { router.add("POST", "/api/token", *this); }

  std::string_view refusal(const http::RequestHead& head) const override;
  http::Response refused() const override;
  bool judges_by_body(const http::RequestHead& head) const override;
  std::uint64_t body_limit(const http::RequestHead&) const override { return 4 << 10; }
  boost::asio::awaitable<http::Response> handle(http::Request request) override;

private:
  Access& access_;
  store::FanbaseStore& store_;
  const base::Clock& clock_;
};

} // namespace postbackd::fanbase
