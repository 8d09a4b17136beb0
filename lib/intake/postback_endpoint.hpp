#pragma once

#include <functional>
#include <string>

#include "http/network.hpp"
#include "http/router.hpp"
#include "intake/authenticator.hpp"
#include "model/decoder.hpp"
#include "store/postback_store.hpp"

namespace postbackd::intake
{

struct RouteOptions {
  std::string path; // "/postback"
  Credentials credentials;
  std::vector<http::Network> allow;     // senders; none: all
  std::uint64_t body_limit = 256 << 20; // bytes
  model::DecoderOptions decoder;
  bool deliver_unmatched = false;
};

// Where the platform posts: authenticate, read, decode, keep, answer. The 200 leaves after the commit.
class PostbackEndpoint final : public http::Endpoint
{
public:
  // What it refers to must outlive the endpoint.
  struct Dependencies {
    store::PostbackStore& store;
    const base::FreeSpace& free_space;
    const base::Clock& clock;
    boost::asio::any_io_executor background;         // for what takes long
    std::function<void(const model::Kept&)> on_kept; // counts it
  };
  PostbackEndpoint(RouteOptions options, const Dependencies& dependencies);

  // Adds `<path>` and `<path>/q/{correlation}`.
  void add_to(http::Router& router);

  std::string_view refusal(const http::RequestHead& head) const override;
  http::Response refused() const override;
  std::uint64_t body_limit() const override { return options_.body_limit; }
  boost::asio::awaitable<http::Response> handle(http::Request request) override;

private:
  // What the header says; then what the body says.
  model::Postback describe(http::Request& request) const;
  void read(model::Postback& postback) const;

  RouteOptions options_;
  Authenticator authenticator_;
  Dependencies dependencies_;
};

} // namespace postbackd::intake
