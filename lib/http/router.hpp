#pragma once

#include <boost/asio/awaitable.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "http/request.hpp"
#include "http/response.hpp"

namespace postbackd::http
{

// The target of a row of the routing table.
class Endpoint
{
public:
  virtual ~Endpoint() = default;

  // Decides by the header alone, before any of the body is read, and does nothing that a stranger could make
  // expensive. Returns an empty text if the sender may continue; otherwise the reason, for the log only.
  virtual std::string_view refusal(const RequestHead& head) const = 0;

  // Returns the answer to a refused sender, which does not reveal the reason. A 401 names its scheme.
  virtual Response refused() const { return error_response(401); }

  // Takes a place for a request that may continue, before any of its body is read: `place` lives until the
  // answer is written. Returns the answer if there is none.
  virtual std::optional<Response> admit(const RequestHead&, std::shared_ptr<void>& /*place*/) { return {}; }

  // Returns whether the sender is known only by the body of such a request: until it is there, the sender has
  // no more than the time of a header, and gives way to others.
  virtual bool judges_by_body(const RequestHead&) const { return false; }

  // Returns the size of the largest accepted body of such a request, in bytes.
  virtual std::uint64_t body_limit(const RequestHead& head) const = 0;

  virtual boost::asio::awaitable<Response> handle(Request request) = 0;
};

// The routing table. Patterns match the path as sent; `{name}` matches one non-empty segment.
class Router
{
public:
  // The endpoint must outlive the router.
  void add(std::string method, std::string pattern, Endpoint& endpoint);

  struct Match {
    Endpoint* endpoint = nullptr; // null: 404, or 405 if there are allowed methods
    std::vector<std::string_view> parameters;
    std::string allow; // the methods of this path, if none matched
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
