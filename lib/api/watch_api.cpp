#include "api/watch_api.hpp"

#include "api/endpoint.hpp"
#include "api/json.hpp"
#include "api/parameters.hpp"
#include "api/problem.hpp"
#include "base/recent_log.hpp"
#include "store/report.hpp"
#include "text/json.hpp"
#include "text/time.hpp"

namespace postbackd::api
{
namespace
{

// It is of senders, handlers and clients of all kinds.
void check(const Client& client)
{
  if (!client.sees_all) throw BadRequest("this needs a client with sees = \"all\"", "", 403);
}

// `{NAME:[…],"next":N}`
template<class Records>
std::string page_of(const char* name, const Records& records, std::size_t limit)
{
  text::JsonWriter writer;
  writer.begin_object().key(name).begin_array();
  for (const auto& record : records)
    if constexpr (std::is_same_v<typename Records::value_type, std::string>)
      writer.raw(record);
    else
      writer.raw(to_json(record));
  writer.end_array();
  if constexpr (requires { records.back().id; })
    if (records.size() == limit) writer.key("next").number(records.back().id);
  return std::string(writer.end_object().text());
}

struct Page {
  explicit Page(const http::Request& request)
  {
    const Parameters parameters(request.head.query, {"after", "limit"});
    before = parameters.number("after", 1, INT64_MAX, INT64_MAX);
    limit = static_cast<std::size_t>(parameters.number("limit", 1, 1'000, 100));
  }
  std::int64_t before;
  std::size_t limit;
};

} // namespace

void WatchApi::add_to(http::Settings& settings, const std::shared_ptr<const Access>& access)
{
  using Handler = Answer (WatchApi::*)(http::Request, Client&);
  const auto add = [&](const char* path, Scope scope, Handler handler) {
    settings.add("GET", path, std::make_unique<ApiEndpoint>(access, scope, std::bind_front(handler, this)));
  };
  add("/v1/status", Scope::reading, &WatchApi::status);
  add("/v1/history", Scope::reading, &WatchApi::history);
  add("/v1/alerts", Scope::reading, &WatchApi::alerts);
  add("/v1/refusals", Scope::reading, &WatchApi::refusals);
  add("/v1/report", Scope::reading, &WatchApi::report);
  add("/v1/fanbase", Scope::reading, &WatchApi::objects);
  add("/v1/audit", Scope::operating, &WatchApi::audit);
  add("/v1/log", Scope::operating, &WatchApi::log);
}

WatchApi::Answer WatchApi::answer(std::function<std::string()> read, const http::Caller* caller,
                                  const Client& client)
{
  std::string json = co_await dependencies_.turns.run(client, caller, std::move(read));
  co_return http::json_response(std::move(json));
}

template<class Record>
WatchApi::Answer WatchApi::page(const http::Request& request, const Client& client, const char* name,
                                std::vector<Record> (store::WatchStore::*read)(std::int64_t, std::size_t))
{
  check(client);
  const Page page(request);
  return answer(
      [this, page, name, read] {
        return page_of(name, (dependencies_.store.*read)(page.before, page.limit), page.limit);
      },
      request.caller, client);
}

WatchApi::Answer WatchApi::status(http::Request request, Client& client)
{
  check(client);
  const Parameters none(request.head.query, {});
  return answer(dependencies_.status, request.caller, client);
}

WatchApi::Answer WatchApi::history(http::Request request, Client& client)
{
  check(client);
  const Parameters parameters(request.head.query, {"of"});
  const std::string of = parameters.text("of").value_or("hour");
  if (of == "hour" || of == "day") {
    const std::chrono::seconds time = of == "hour" ? std::chrono::hours(1) : std::chrono::hours(24);
    return answer([this, time] { return dependencies_.history(time); }, request.caller, client);
  }
  if (of != "month") throw BadRequest("expected hour, day or month", "of");
  const std::string since = text::day_of(dependencies_.clock.now() - std::chrono::days(30));
  return answer([this, since] { return page_of("days", dependencies_.store.days(since), 0); }, request.caller,
                client);
}

WatchApi::Answer WatchApi::alerts(http::Request request, Client& client)
{
  return page(request, client, "alerts", &store::WatchStore::alerts);
}

WatchApi::Answer WatchApi::refusals(http::Request request, Client& client)
{
  check(client);
  const Parameters parameters(request.head.query, {"days", "limit"});
  const std::int64_t days = parameters.number("days", 1, 400, 1);
  const auto limit = static_cast<std::size_t>(parameters.number("limit", 1, 1'000, 100));
  const std::string since = text::day_of(dependencies_.clock.now() - std::chrono::days(days - 1));
  return answer(
      [this, since, limit] { return page_of("refusals", dependencies_.store.refusals(since, limit), 0); },
      request.caller, client);
}

WatchApi::Answer WatchApi::report(http::Request request, Client& client)
{
  check(client);
  const Parameters parameters(request.head.query, {"day"});
  const std::string yesterday = text::day_of(dependencies_.clock.now() - std::chrono::days(1));
  const auto from = text::parse_time(parameters.text("day").value_or(yesterday) + "T00:00:00Z");
  if (!from) throw BadRequest("expected a day: 2026-01-31", "day");
  return answer(
      [this, from] {
        return store::to_json(dependencies_.store.report(*from, *from + std::chrono::days(1)));
      },
      request.caller, client);
}

WatchApi::Answer WatchApi::objects(http::Request request, Client& client)
{
  return page(request, client, "objects", &store::WatchStore::objects);
}

WatchApi::Answer WatchApi::log(http::Request request, Client& client)
{
  check(client);
  const Parameters parameters(request.head.query, {"event", "limit"});
  const std::string event = parameters.text("event").value_or("");
  const auto limit = static_cast<std::size_t>(parameters.number("limit", 1, 1'000, 100));
  return answer([event, limit] { return page_of("lines", base::log::newest(event, limit), 0); },
                request.caller, client);
}

WatchApi::Answer WatchApi::audit(http::Request request, Client& client)
{
  return page(request, client, "accesses", &store::WatchStore::accesses);
}

} // namespace postbackd::api
