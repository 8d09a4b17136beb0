#include "intake/postback_endpoint.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/spawn.hpp"

namespace postbackd::intake
{
namespace
{

// The largest body decoded on the I/O thread, in bytes: too small to delay other connections.
constexpr std::size_t decoded_at_once = 64 << 10;

// The most that a row stores of a header field, in bytes.
constexpr std::size_t longest_field = 512;

// Returns a field's value for a row; replaces characters that are not printable ASCII with `?`.
std::string field(const http::RequestHead& head, std::string_view name)
{
  std::string value(head.first(name).substr(0, longest_field));
  std::replace_if(
      value.begin(), value.end(), [](char c) { return c < ' ' || c > '~'; }, '?');
  return value;
}

http::Response receipt_response(const model::Kept& kept)
{
  return http::json_response(fmt::format(R"({{"receipt":"{}"}})", kept.receipt));
}

http::Response unavailable(const base::Error& error)
{
  http::Response response = http::error_response(503);
  response.why = error.message;
  return response;
}

} // namespace

PostbackEndpoint::PostbackEndpoint(RouteOptions options, const Dependencies& dependencies)
    : options_(std::move(options)), authenticator_(options_.credentials), dependencies_(dependencies)
{
}

void PostbackEndpoint::add_to(http::Router& router)
{
  router.add("POST", options_.path, *this);
  router.add("POST", options_.path + "/q/{correlation}", *this);
}

std::string_view PostbackEndpoint::refusal(const http::RequestHead& head) const
{
  if (!options_.allow.empty() && !http::is_within(options_.allow, head.remote))
    return "the address is not in [[route]] allow";
  return head.parameters.empty() ? authenticator_.refusal(head)
                                 : authenticator_.refusal_for_correlation(head, head.parameters.front());
}

http::Response PostbackEndpoint::refused() const
{
  http::Response response = http::error_response(401);
  response.challenge = "Postbacksecret";
  return response;
}

boost::asio::awaitable<http::Response> PostbackEndpoint::handle(http::Request request)
{
  if (const auto enough = dependencies_.free_space.check(); !enough) co_return unavailable(enough.error());
  model::Postback postback = describe(request);
  auto read = [this, &postback] { this->read(postback); };
  if (postback.raw.would_block(0) || postback.raw.size() > decoded_at_once ||
      !postback.content_encoding.empty())
    co_await base::run_on(dependencies_.background, read);
  else
    read();
  base::Result<model::Kept> kept = co_await dependencies_.store.keep(postback, dependencies_.clock.now());
  if (!kept && kept.error().code == base::Errc::invalid) {
    // Drops nothing that was authenticated: keeps plain bytes if the store cannot take the decoded form.
    postback.envelope = {.charset = postback.envelope.charset,
                         .problem = "the store refused it: " + kept.error().message};
    kept = co_await dependencies_.store.keep(postback, dependencies_.clock.now());
  }
  if (kept && dependencies_.on_kept) dependencies_.on_kept(*kept);
  if (kept) co_return receipt_response(*kept);
  co_return unavailable(kept.error());
}

model::Postback PostbackEndpoint::describe(http::Request& request) const
{
  const http::RequestHead& head = request.head;
  model::Postback postback;
  postback.received_at = request.received_at;
  postback.route = options_.path;
  postback.remote = head.remote;
  if (!head.parameters.empty()) postback.correlation = std::string(head.parameters.front());
  postback.content_type = field(head, "Content-Type");
  postback.content_encoding = field(head, "Content-Encoding");
  postback.deliver_unmatched = options_.deliver_unmatched;
  postback.raw = std::move(request.body);
  return postback;
}

void PostbackEndpoint::read(model::Postback& postback) const
{
  postback.sha256 = postback.raw.sha256();
  postback.envelope =
      model::decode({postback.raw, postback.content_type, postback.content_encoding}, options_.decoder);
}

} // namespace postbackd::intake
