#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "api/client.hpp"
#include "http/server_state.hpp"

namespace postbackd::api
{

// Whoever uses the page logs in with a token, or with a code for whoever may open the socket (docs/api.md).
// Runs on one thread.
//   GET    /v1/session       who the caller is, and what it may do; {} for nobody
//   POST   /v1/session       opens one: {"token": TEXT} or {"code": TEXT}; with {"look": true} to look only
//   DELETE /v1/session       ends it
//   POST   /v1/session/code  on the socket: makes a code, with the link that logs in with it
class SessionApi
{
public:
  // `page`: the URL of the page, with which the link begins; an empty text if only what encrypts before us
  // knows it; nothing without a page.
  SessionApi(Sessions& sessions, std::optional<std::string> page, bool tls)
      : sessions_(sessions), page_(std::move(page)), tls_(tls)
  {
  }

  // Both put endpoints into the settings, which it must outlive: of the port, with a page; of the socket.
  void add_to_port(http::Settings& settings, const std::shared_ptr<const Access>& access);
  void add_to_socket(http::Settings& settings, const std::shared_ptr<const Access>& access);

private:
  using Answer = boost::asio::awaitable<http::Response>;

  Answer show(http::Request request, std::shared_ptr<const Access> access);
  Answer open(http::Request request, std::shared_ptr<const Access> access);
  Answer close(http::Request request);
  Answer make_code(http::Request request, Client& client);
  // Returns `Set-Cookie: …`, whose cookie a browser gives to no other host and to no script.
  static std::string cookie(bool secure, const std::string& value, std::chrono::seconds lifetime);

  Sessions& sessions_;
  std::optional<std::string> page_;
  bool tls_;
};

} // namespace postbackd::api
