#include "fanbase/app_api.hpp"

#include <functional>

#include "fanbase/app_request.hpp"
#include "fanbase/endpoint.hpp"
#include "fanbase/messages.hpp"
#include "text/json.hpp"

namespace postbackd::fanbase
{
namespace
{

using boost::asio::awaitable;
using store::AppOutcome;

std::string header_of(int code, const std::string& message)
{
  text::JsonWriter writer;
  writer.begin_object().key("header").begin_object().key("codigo").number(code);
  writer.key("msg").string(message).end_object().end_object();
  return std::string(writer.text());
}

http::Response answer(unsigned status, int code, const std::string& message)
{
  http::Response response = http::json_response(header_of(code, message));
  response.status = status;
  response.why = message;
  return response;
}

http::Response refuse(const std::string& message) { return answer(400, 0, message); }

http::Response answer_of(AppOutcome outcome, const char* good)
{
  switch (outcome) {
  case AppOutcome::kept:
    return answer(201, 1, good);
  case AppOutcome::unknown_document:
    return refuse(messages::invalid_document);
  case AppOutcome::other_document:
    return refuse(messages::user_known);
  case AppOutcome::unknown_user:
    break;
  }
  return refuse(messages::user_unknown);
}

} // namespace

void AppApi::add_to(http::Settings& settings)
{
  const auto add = [&](const char* path,
                       awaitable<http::Response> (AppApi::*handler)(http::Request, std::string)) {
    settings.add("POST", path,
                 std::make_unique<ClientEndpoint>(access_, std::bind_front(handler, this),
                                                  header_of(0, messages::invalid_token),
                                                  options_.most_bytes));
  };
  add("/api/v1/app/registeruser", &AppApi::register_user);
  add("/api/v1/app/event", &AppApi::add_event);
}

awaitable<http::Response> AppApi::register_user(http::Request request, std::string client)
{
  const base::Result<store::AppUser> user = read_user(request, options_.most_bytes, std::move(client));
  if (!user) co_return refuse(user.error().message);
  const base::Result<AppOutcome> kept =
      co_await store_.keep_user(*user, options_.accept_unknown_documents, clock_.now());
  if (!kept) throw base::Failure(kept.error());
  co_return answer_of(*kept, messages::user_registered);
}

awaitable<http::Response> AppApi::add_event(http::Request request, std::string client)
{
  const base::Result<store::AppEvent> event =
      read_event(request, options_.most_bytes, std::move(client), options_.event_zone);
  if (!event) co_return refuse(event.error().message);
  const base::Result<AppOutcome> kept = co_await store_.keep_event(*event, clock_.now());
  if (!kept) throw base::Failure(kept.error());
  co_return answer_of(*kept, messages::event_registered);
}

} // namespace postbackd::fanbase
