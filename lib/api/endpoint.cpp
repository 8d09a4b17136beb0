#include "api/endpoint.hpp"

#include "api/problem.hpp"
#include "base/error.hpp"

namespace postbackd::api
{

using boost::asio::awaitable;

std::string_view ApiEndpoint::refusal(const http::RequestHead& head) const
{
  return access_->identify(head) ? std::string_view() : "no token of a client";
}

http::Response ApiEndpoint::refused() const { return problem(401, "expected Authorization: Bearer TOKEN"); }

awaitable<http::Response> ApiEndpoint::handle(http::Request request)
{
  const std::shared_ptr<Client> client = access_->identify(request.head);
  if (scope_ && !client->may(*scope_)) co_return problem(403, "the client's scopes do not allow this");
  if (!client->requests.pass()) co_return problem(429, "too many requests a second");
  http::Response response;
  try {
    response = co_await handler_(std::move(request), *client);
  } catch (const BadRequest& e) {
    response = e.response();
  } catch (const base::Failure& e) {
    const base::Errc code = e.error().code;
    response = code == base::Errc::invalid     ? problem(400, e.what())
               : code == base::Errc::not_found ? problem(410, e.what())
                                               : problem(503, "try again later");
    response.why = e.what();
  }
  response.fields.emplace_back("Cache-Control: no-store"); // RFC 9111, 5.2.2.5
  co_return response;
}

} // namespace postbackd::api
