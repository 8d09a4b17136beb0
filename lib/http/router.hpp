#pragma once

#include <boost/asio/awaitable.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "http/request.hpp"
#include "http/response.hpp"

namespace postbackd::http
{

// What a row of the routing table leads to.
class Endpoint
{
public:
  virtual ~Endpoint() = default;

  // Decides by the header alone, before a byte of body is read, and does nothing that a stranger could make
  // expensive. Empty when the sender may go on; else the reason, for the log only.
  virtual std::string_view refusal(const RequestHead& head) const = 0;

  // The answer to a refused sender, which says nothing of the reason. A 401 names its scheme.
  virtual Response refused() const { return error_response(401); }

  // The largest body that is read, in bytes.
  virtual std::uint64_t body_limit() const = 0;

  virtual boost::asio::awaitable<Response> handle(Request request) = 0;
};

// The routing table. Patterns match the path as it was sent; `{name}` stands for one non-empty segment.
class Router
{
public:
  // The endpoint must outlive the router.
  void add(std::string method, std::string pattern, Endpoint& endpoint);

  struct Match {
    Endpoint* endpoint = nullptr; // none: 404, or 405 when there are allowed methods
    std::vector<std::string_view> parameters;
    std::string allow; // the methods that this path has
  };
  Match match(std::string_view method, std::string_view path) const;

private:
  struct Row {
    std::string method;
    std::string pattern;
    Endpoint* endpoint;
  };
  std::vector<Row> rows_;
};

} // namespace postbackd::http
