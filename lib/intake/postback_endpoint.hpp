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
  std::vector<http::Network> allow;     // sender addresses; empty: all
  std::uint64_t body_limit = 256 << 20; // bytes
  model::DecoderOptions decoder;
  bool deliver_unmatched = false;
};

// Receives postbacks: authenticates, reads, decodes, keeps, answers. Sends the 200 only after the commit.
class PostbackEndpoint final : public http::Endpoint
{
public:
  // The referenced objects must outlive the endpoint.
  struct Dependencies {
    store::PostbackStore& store;
    const base::FreeSpace& free_space;
    const base::Clock& clock;
    boost::asio::any_io_executor background;         // for long work
    std::function<void(const model::Kept&)> on_kept; // counts it
  };
  PostbackEndpoint(RouteOptions options, const Dependencies& dependencies);

  // Adds `<path>` and `<path>/q/{correlation}`.
  void add_to(http::Router& router);

  std::string_view refusal(const http::RequestHead& head) const override;
  http::Response refused() const override;
  std::uint64_t body_limit(const http::RequestHead&) const override { return options_.body_limit; }
  boost::asio::awaitable<http::Response> handle(http::Request request) override;

private:
  // Fills the postback from the header; then read() from the body.
  model::Postback describe(http::Request& request) const;
  void read(model::Postback& postback) const;

  RouteOptions options_;
  Authenticator authenticator_;
  Dependencies dependencies_;
};

} // namespace postbackd::intake
