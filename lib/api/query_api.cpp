#include "api/query_api.hpp"

#include <fmt/format.h>

#include "api/budget.hpp"
#include "api/endpoint.hpp"
#include "api/json.hpp"
#include "api/line_stream.hpp"
#include "api/parameters.hpp"
#include "api/problem.hpp"
#include "api/query_reader.hpp"
#include "base/ascii.hpp"
#include "model/correlation.hpp"
#include "text/json.hpp"

namespace postbackd::api
{
namespace
{

using Answer = boost::asio::awaitable<http::Response>;

constexpr std::uint64_t largest_body = 64 << 10;
constexpr std::uint64_t largest_lines = 1 << 30;

Answer say(http::Response response) { co_return response; }

} // namespace

void QueryApi::add_to(http::Settings& settings, const std::shared_ptr<const Access>& access)
{
  using Handler = Answer (QueryApi::*)(http::Request, Client&);
  const auto add = [&](const char* method, const char* path, std::optional<Scope> scope, Handler handler) {
    settings.add(method, path,
                 std::make_unique<ApiEndpoint>(access, scope, std::bind_front(handler, this), largest_body));
  };
  settings.add("POST", "/v1/queries", // its scope depends on the body
               std::make_unique<ApiEndpoint>(access, std::nullopt, std::bind_front(&QueryApi::create, this),
                                             largest_body, largest_lines));
  add("POST", "/v1/hooks", Scope::registering, &QueryApi::make_hooks);
  add("POST", "/v1/queries/{id}/close", std::nullopt, &QueryApi::close); // its scope depends on what was sent
  add("POST", "/v1/queries/{id}/erase", Scope::operating, &QueryApi::erase);
}

Answer QueryApi::create(http::Request request, Client& client)
{
  check_room();
  if (has_lines(request.head)) return say(enter_lines(std::move(request), client));
  auto order = read_query(request, client, {dependencies_.deadline, dependencies_.clock.now()});
  if (auto* query = std::get_if<model::Query>(&order)) {
    if (!client.may(Scope::registering)) return say(problem(403, "the client's scopes do not allow this"));
    return enter(std::move(*query), client);
  }
  if (!client.may(Scope::submitting)) return say(problem(403, "the client's scopes do not allow this"));
  if (dependencies_.route.empty()) return say(problem(409, "[platform] is not configured"));
  return submit(std::move(std::get<model::Submission>(order)), client);
}

http::Response QueryApi::enter_lines(http::Request request, Client& client)
{
  auto lines = std::make_shared<LineStream>(
      LineStream::Dependencies{dependencies_.store, dependencies_.clock, dependencies_.route,
                               dependencies_.deadline, dependencies_.on_queued, dependencies_.on_served},
      client.shared_from_this(), std::move(request));
  http::Response response;
  response.content_type = "application/x-ndjson";
  response.stream = [lines] { return lines->next(); };
  return response;
}

void QueryApi::check_room() const
{
  if (const base::Result<void> room = dependencies_.space.check(); !room) throw base::Failure(room.error());
}

void QueryApi::take_row(Client& client) const
{
  const auto today =
      std::chrono::floor<std::chrono::days>(dependencies_.clock.now()).time_since_epoch().count();
  if (!client.rows.take(today)) throw BadRequest("the client has registered enough for today (UTC)", {}, 429);
}

Answer QueryApi::enter(model::Query query, Client& client)
{
  take_row(client);
  base::Result<store::Enqueued> outcome =
      co_await dependencies_.store.register_query(query, dependencies_.clock.now());
  http::Response response = co_await created(std::move(outcome), 201, client);
  co_return response;
}

Answer QueryApi::submit(model::Submission submission, Client& client)
{
  take_row(client);
  base::Result<store::Enqueued> outcome =
      co_await dependencies_.store.enqueue(submission, dependencies_.route, dependencies_.clock.now());
  const bool is_served = outcome && outcome->is_served;
  if (outcome) (is_served ? dependencies_.on_served : dependencies_.on_queued)();
  // 202: the platform has not accepted it yet, or an equal one that it has joined.
  http::Response response = co_await created(std::move(outcome), 202, client);
  co_return response;
}

Answer QueryApi::created(base::Result<store::Enqueued> outcome, unsigned waiting, Client& client)
{
  if (!outcome || !outcome->is_new) client.rows.give_back();
  const store::Enqueued entered = outcome.value();
  if (entered.exceeded != model::Budget::Exceeded::none)
    co_return over_budget(entered.exceeded, dependencies_.clock.now());
  if (entered.is_unknown) co_return problem(404, "no POST /v1/hooks of yours has made it", "id");
  if (!entered.belongs_to_another.empty())
    co_return problem(409, "it belongs to a different query",
                      entered.belongs_to_another == "key" ? "Idempotency-Key"
                                                          : std::string(entered.belongs_to_another));
  const ClientQueries::Query query = co_await dependencies_.queries.find(entered, client);
  if (!query) co_return unknown_query();
  http::Response response = describe(**query, !entered.is_new ? 200 : (*query)->receipt ? 201 : waiting);
  response.fields = {"Location: /v1/queries/" + base::percent_encoded((*query)->id())};
  co_return response;
}

Answer QueryApi::make_hooks(http::Request request, Client& client)
{
  check_room();
  HooksOrder order = read_hooks(request, client, {dependencies_.deadline, dependencies_.clock.now()});
  order.query.correlation = model::new_correlation();
  hooks_of(order.route, *order.query.correlation); // or nothing is registered
  take_row(client);
  const base::Result<store::Enqueued> outcome =
      co_await dependencies_.store.register_query(order.query, dependencies_.clock.now());
  if (!outcome || !outcome->is_new) client.rows.give_back();
  const store::Enqueued entered = outcome.value();
  if (!entered.belongs_to_another.empty())
    co_return problem(409, "its key belongs to a query that has no hooks", "Idempotency-Key");
  const std::string hooks = hooks_of(order.route, entered.correlation);
  text::JsonWriter writer;
  writer.begin_object().key("id").string(entered.correlation).key("hooks").string(hooks).end_object();
  http::Response response = http::json_response(std::string(writer.text()));
  response.status = entered.is_new ? 201 : 200;
  co_return response;
}

std::string QueryApi::hooks_of(const std::optional<std::string>& route, const std::string& correlation) const
{
  try {
    return dependencies_.hooks(route, correlation);
  } catch (const base::Failure& e) {
    if (e.error().code == base::Errc::unavailable) throw; // it names a file, which is for the log
    throw BadRequest(e.what(), route ? "route" : "", route ? 400 : 409);
  }
}

Answer QueryApi::close(http::Request request, Client& client)
{
  const bool only_unsent = may_close_only_unsent(client);
  const std::string reason = read_reason(request);
  std::string id = path_text(request.head.parameters.front());
  const ClientQueries::Query query = co_await dependencies_.queries.find(std::move(id), client);
  if (!query || (only_unsent && (*query)->client != client.name)) co_return unknown_query();
  const base::Result<bool> closed =
      co_await dependencies_.store.close(*query, only_unsent, reason, dependencies_.clock.now());
  const bool done = closed.value();
  if (!done)
    co_return problem(
        409, fmt::format("it is {}{}", model::to_text((*query)->state),
                         only_unsent ? ": only what is not sent yet can be closed without the scope operate"
                                     : ""));
  http::Response response = co_await show_again((*query)->row, 200, client);
  co_return response;
}

Answer QueryApi::erase(http::Request request, Client& client)
{
  std::string id = path_text(request.head.parameters.front());
  const ClientQueries::Query query = co_await dependencies_.queries.find(std::move(id), client);
  if (!query) co_return unknown_query();
  std::vector<std::string> noted{(*query)->id()};
  co_await dependencies_.queries.note(client, "erase", std::move(noted));
  std::function<bool()> erase = [&] {
    dependencies_.store.erase(*query, dependencies_.clock.now());
    return true;
  };
  co_await dependencies_.turns.run(client, nullptr, std::move(erase));
  http::Response response = co_await show_again((*query)->row, 202, client);
  co_return response;
}

Answer QueryApi::show_again(std::int64_t row, unsigned status, Client& client)
{
  store::Enqueued written;
  written.row = row;
  const ClientQueries::Query now = co_await dependencies_.queries.find(std::move(written), client);
  co_return now ? describe(**now, status) : unknown_query();
}

} // namespace postbackd::api
