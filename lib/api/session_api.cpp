#include "api/session_api.hpp"

#include <fmt/format.h>

#include "api/endpoint.hpp"
#include "api/json_body.hpp"
#include "api/parameters.hpp"
#include "api/problem.hpp"
#include "base/version.hpp"
#include "http/open_endpoint.hpp"
#include "text/json.hpp"

namespace postbackd::api
{
namespace
{

constexpr std::uint64_t largest_login = 4 << 10;

std::string describe_client(const Client& client, bool may_act)
{
  text::JsonWriter writer;
  writer.begin_object().key("client").string(client.name);
  writer.key("sees").string(client.sees_all ? "all" : "own");
  writer.key("scopes").begin_array();
  for (const auto& [scope, word] : {std::pair(Scope::registering, "register"),
                                    {Scope::submitting, "submit"},
                                    {Scope::reading, "read"},
                                    {Scope::operating, "operate"}})
    if (client.may(scope)) writer.string(word);
  writer.end_array().key("may_act").boolean(may_act);
  writer.key("version").string(base::version);
  return std::string(writer.end_object().text());
}

// A login is not cached, and no other site's page may read it.
http::Response session_response(std::string json, unsigned status)
{
  http::Response response = http::json_response(std::move(json));
  response.status = status;
  response.fields = {"Cache-Control: no-store", "X-Content-Type-Options: nosniff"};
  return response;
}

} // namespace

void SessionApi::add_to_port(http::Settings& settings, const std::shared_ptr<const Access>& access)
{
  settings.add("GET", "/v1/session",
               std::make_unique<http::OpenEndpoint>(
                   [this, access](http::Request request) { return show(std::move(request), access); }));
  settings.add(
      "POST", "/v1/session",
      std::make_unique<http::OpenEndpoint>(
          [this, access](http::Request request) { return open(std::move(request), access); }, largest_login));
  settings.add("DELETE", "/v1/session",
               std::make_unique<http::OpenEndpoint>(std::bind_front(&SessionApi::close, this)));
}

void SessionApi::add_to_socket(http::Settings& settings, const std::shared_ptr<const Access>& access)
{
  settings.add("POST", "/v1/session/code",
               std::make_unique<ApiEndpoint>(access, std::nullopt,
                                             std::bind_front(&SessionApi::make_code, this), largest_login));
}

// Nobody is no error: a page asks it first.
SessionApi::Answer SessionApi::show(http::Request request, std::shared_ptr<const Access> access)
{
  const Access::Identity identity = access->look(request.head);
  co_return session_response(identity.client ? describe_client(*identity.client, identity.may_act()) : "{}",
                             200);
}

SessionApi::Answer SessionApi::open(http::Request request, std::shared_ptr<const Access> access)
{
  if (!is_from_our_page(request.head))
    co_return problem(403,
                      "only the page itself opens a session: a program sends its token with each request");
  try {
    const JsonBody body(request, {"token", "code", "look"});
    const auto now = Sessions::Clock::now();
    const auto token = body.text("token");
    std::optional<Sessions::Session> session;
    std::shared_ptr<Client> client;
    if (token) {
      const base::Sha256 digest = base::sha256(*token);
      client = access->with_token(digest);
      if (client) session.emplace().token = digest;
    } else if (const auto code = body.text("code")) {
      session = sessions_.take_code(*code, now);
      if (session) client = access->page().local;
    }
    if (!session || !client)
      co_return problem(401, token ? "this is the token of no client"
                                   : "this link is used or too old: postbackctl page makes another");
    if (!client->requests.pass()) co_return problem(429, "too many requests a second");
    if (body.flag("look")) session->may_act = false; // whatever the code allows
    const std::string secret = sessions_.open(*session, now);
    http::Response response = session_response(describe_client(*client, session->may_act), 201);
    // Something before us may encrypt: the page knows.
    const bool secure = tls_ || request.head.first("Origin").starts_with("https://");
    response.fields.push_back(cookie(secure, secret, Sessions::lifetime));
    co_return response;
  } catch (const BadRequest& e) {
    co_return e.response();
  }
}

// Also of who may only look.
SessionApi::Answer SessionApi::close(http::Request request)
{
  if (!is_from_our_page(request.head)) co_return problem(403, "only the page itself ends a session");
  sessions_.close(request.head);
  http::Response response = session_response("{}", 200);
  for (const bool secure : {true, false})
    response.fields.push_back(cookie(secure, "", std::chrono::seconds(0)));
  co_return response;
}

SessionApi::Answer SessionApi::make_code(http::Request request, Client&)
{
  const bool looks = request.body.size() > 0 && JsonBody(request, {"look"}).flag("look");
  if (!page_) co_return problem(409, "there is no page: set page = true and a port in [api], and restart");
  const std::string code = sessions_.make_code(!looks, Sessions::Clock::now());
  text::JsonWriter writer;
  writer.begin_object().key("url").string(*page_ + "#code=" + code);
  writer.key("seconds").number(std::chrono::seconds(Sessions::code_lifetime).count());
  http::Response response = http::json_response(std::string(writer.end_object().text()));
  response.status = 201;
  co_return response;
}

std::string SessionApi::cookie(bool secure, const std::string& value, std::chrono::seconds lifetime)
{
  return fmt::format("Set-Cookie: {}={}; Path=/; Max-Age={}; HttpOnly; SameSite=Strict{}",
                     secure ? Sessions::secure_cookie : Sessions::cookie, value, lifetime.count(),
                     secure ? "; Secure" : "");
}

} // namespace postbackd::api
