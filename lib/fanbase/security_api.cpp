#include "fanbase/security_api.hpp"

#include <fmt/format.h>

#include "base/ascii.hpp"
#include "fanbase/endpoint.hpp"

namespace postbackd::fanbase
{

namespace
{

constexpr const char* no_client = "client_id and client_secret match no client";

// The credentials may be in the body (RFC 6749, 2.3.1), if they are nowhere else.
bool has_form(const http::RequestHead& head)
{
  constexpr std::string_view form = "application/x-www-form-urlencoded";
  return head.query.empty() && head.count("Authorization") == 0 &&
         base::equal_ignoring_case(head.first("Content-Type").substr(0, form.size()), form);
}

} // namespace

std::string_view SecurityApi::refusal(const http::RequestHead& head) const
{
  if (has_form(head)) return {};
  return access_.client_of_token_request(head, head.query) ? "" : no_client;
}

bool SecurityApi::judges_by_body(const http::RequestHead& head) const { return has_form(head); }

// RFC 6749, 5.2.
http::Response SecurityApi::refused() const
{
  http::Response response = http::json_response(R"({"error":"invalid_client"})");
  response.status = 401;
  response.challenge = "Basic realm=\"postbackd\"";
  return response;
}

boost::asio::awaitable<http::Response> SecurityApi::handle(http::Request request)
{
  const bool in_form = has_form(request.head);
  const Access::Client* client =
      access_.client_of_token_request(request.head, in_form ? text_of(request.body) : request.head.query);
  if (!client) {
    http::Response response = refused();
    response.why = no_client;
    co_return response;
  }
  std::string text;
  const store::AccessToken token = access_.make(client->id, text);
  const base::Result<void> kept = co_await store_.keep_token(token, clock_.now());
  if (!kept) throw base::Failure(kept.error());
  access_.add(token);
  co_return http::json_response(
      fmt::format(R"({{"access_token":"{}","token_type":"Bearer","expires_in":{},"scope":""}})", text,
                  access_.lifetime().count()));
}

} // namespace postbackd::fanbase
