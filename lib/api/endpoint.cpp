#include "api/endpoint.hpp"

#include "api/problem.hpp"
#include "base/ascii.hpp"
#include "base/error.hpp"

namespace postbackd::api
{

using boost::asio::awaitable;

namespace
{

// What an answer holds in memory until the client has taken it.
std::size_t bytes_in_memory(const http::Response& response)
{
  if (response.stream) return response.stream_size ? http::largest_piece : 0; // a feed counts as waiting
  return response.body.size() + (response.document.in_memory() ? response.document.size() : 0);
}

// Counts the answer until it has been written, or puts a refusal in its place. What has changed something is
// told in any case.
void hold(Client& client, http::Response& response, bool may_refuse)
{
  const std::size_t bytes = bytes_in_memory(response);
  const std::shared_ptr<void> counted = may_refuse ? client.unsent.take(bytes) : client.unsent.count(bytes);
  if (counted)
    response.held =
        std::make_shared<std::pair<std::shared_ptr<void>, std::shared_ptr<void>>>(response.held, counted);
  else
    response = problem(429, "the client has too many bytes of answers that it does not take");
}

awaitable<std::string> no_more(bool is_whole)
{
  if (!is_whole) throw base::Failure(base::Errc::unavailable, "the session is over");
  co_return std::string();
}

// A stream ends with its session: one whose size is known breaks off.
void end_with(Sessions::Session session, http::Response& response)
{
  response.stream = [next = std::move(response.stream), session = std::move(session),
                     is_whole = !response.stream_size]() -> awaitable<std::string> {
    return session.is_over(Sessions::Clock::now()) ? no_more(is_whole) : next();
  };
}

} // namespace

bool has_lines(const http::RequestHead& head)
{
  std::string_view type = head.first("Content-Type");
  type = type.substr(0, type.find_first_of("; "));
  return base::equal_ignoring_case(type, "application/x-ndjson");
}

// From whoever may enter queries.
bool ApiEndpoint::takes_lines(const http::RequestHead& head) const
{
  if (!lines_limit_ || !has_lines(head)) return false;
  const std::shared_ptr<Client> client = access_->identify(head);
  return client && (client->may(Scope::registering) || client->may(Scope::submitting));
}

std::uint64_t ApiEndpoint::body_limit(const http::RequestHead& head) const
{
  return takes_lines(head) ? *lines_limit_ : body_limit_;
}

std::string_view ApiEndpoint::refusal(const http::RequestHead& head) const
{
  return access_->identify(head) ? std::string_view() : "no token of a client";
}

http::Response ApiEndpoint::refused() const { return no_client(); }

std::optional<http::Response> ApiEndpoint::admit(const http::RequestHead& head, std::shared_ptr<void>& place)
{
  const Access::Identity identity = access_->look(head);
  const std::shared_ptr<Client>& client = identity.client;
  if (!client) return no_client(); // its session has just ended
  if (!identity.may_act() && !only_reads(head)) return problem(403, "this session may only look");
  place = client->connections.take();
  if (place && takes_lines(head)) {
    const std::shared_ptr<void> lines = client->lines.take(); // such a body may be large
    if (!lines) return problem(429, "the client sends lines in two requests already");
    place = std::make_shared<std::pair<std::shared_ptr<void>, std::shared_ptr<void>>>(place, lines);
  }
  if (place) return std::nullopt;
  return problem(429, "the client has too many requests at the same time");
}

awaitable<http::Response> ApiEndpoint::handle(http::Request request)
{
  const Access::Identity identity = access_->look(request.head);
  const std::shared_ptr<Client>& client = identity.client;
  const bool reads = only_reads(request.head);
  if (!client) co_return no_client();
  if (!identity.may_act() && !reads) co_return problem(403, "this session may only look");
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
  if (identity.session && response.stream) end_with(*identity.session, response);
  hold(*client, response, reads);
  response.fields.emplace_back("Cache-Control: no-store");         // RFC 9111, 5.2.2.5
  response.fields.emplace_back("X-Content-Type-Options: nosniff"); // a document is no script
  co_return response;
}

} // namespace postbackd::api
