#pragma once

#include <string>

#include "http/router.hpp"
#include "intake/authenticator.hpp"
#include "model/decoder.hpp"
#include "store/store.hpp"

namespace postbackd::intake
{

struct RouteOptions {
  std::string path; // "/postback"
  Credentials credentials;
  std::uint64_t body_limit = 256 << 20; // bytes
  model::DecoderOptions decoder;
  bool deliver_unmatched = false;
};

// Where the platform posts: authenticate, read, decode, keep, answer. The 200 leaves after the commit.
class PostbackEndpoint final : public http::Endpoint
{
public:
  // The store must outlive the endpoint.
  PostbackEndpoint(RouteOptions options, store::PostbackStore& store);

  // Adds `<path>` and `<path>/q/{correlation}`.
  void add_to(http::Router& router);

  std::string_view refusal(const http::RequestHead& head) const override;
  std::uint64_t body_limit() const override { return options_.body_limit; }
  boost::asio::awaitable<http::Response> handle(http::Request request) override;

private:
  model::Postback read(http::Request& request) const;

  RouteOptions options_;
  Authenticator authenticator_;
  store::PostbackStore& store_;
};

} // namespace postbackd::intake
