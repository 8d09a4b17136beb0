#include "simulator/sender.hpp"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <fmt/format.h>

#include "base/log.hpp"
#include "base/spawn.hpp"
#include "http/client.hpp"
#include "text/time.hpp"

namespace postbackd::simulator
{
namespace
{

namespace asio = boost::asio;
using asio::awaitable;

constexpr std::size_t kept_reply = 200;

// Builds a request like the sender's in the documents (asynchronous calls, "Exemplo de resposta").
http::ClientRequest request_of(const std::vector<text::Hook>& hooks, const base::Blob& body, bool expects)
{
  http::ClientRequest request;
  request.method = "POST";
  request.url = text::find_hook(hooks, "web");
  request.fresh_connection = true;
  request.timeout = std::chrono::seconds(60);
  request.expects_continue = expects;
  const auto hook = [&hooks](const char* name) { return std::string(text::find_hook(hooks, name)); };
  if (!hook("postbacksecret").empty()) request.fields.push_back("Postbacksecret: " + hook("postbacksecret"));
  if (!hook("authorizationkey").empty()) {
    const std::string method = hook("authorizationmethod");
    request.fields.push_back("AuthorizationKey: " + hook("authorizationkey"));
    request.fields.push_back(
        fmt::format("Authorization: {} {}", method.empty() ? "Bearer" : method, hook("authorizationtoken")));
  }
  for (const char* field :
       {"User-Agent: Mozilla/5.0 (Windows NT 6.1; WOW64) AppleWebKit/535.1 (KHTML, like Gecko) "
        "Chrome/13.0.782.107 Safari/535.1",
        "Content-Type: application/x-www-form-urlencoded; charset=iso-8859-1",
        "Accept-Encoding: gzip, deflate", "Accept:", "Connection: Close"})
    request.fields.emplace_back(field);
  request.body = body;
  return request;
}

} // namespace

Sender::Sender(asio::io_context& io, base::Spool& spool, const base::Clock& clock, Options options)
    : io_(io), spool_(spool), clock_(clock), options_(std::move(options)), random_(options_.seed),
      threads_(options_.posts)
{
}

Sender::~Sender() { threads_.join(); }

awaitable<void> Sender::pause(std::chrono::milliseconds time)
{
  asio::steady_timer timer(io_, time);
  boost::system::error_code ignored;
  co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
}

base::Blob Sender::body_of(const Query& query)
{
  base::Blob body(spool_);
  const Behaviour& behaviour = query.behaviour;
  const std::string text = behaviour.notice != 0
                               ? notice_of(query.asked, behaviour.notice)
                               : envelope_of(query.asked, result_of(query.asked, behaviour.size));
  body.append(simulator::body_of(text, behaviour.body));
  return body;
}

awaitable<void> Sender::deliver(QueryPointer query)
{
  const Behaviour& behaviour = query->behaviour;
  std::uniform_int_distribution<std::int64_t> delay(behaviour.shortest_delay.count(),
                                                    behaviour.longest_delay.count());
  if (const std::chrono::milliseconds time(delay(random_)); time.count() > 0) co_await pause(time);
  query->under_way = false;
  if (behaviour.silent || behaviour.unlogged || stopping_) co_return;
  const base::Blob body = body_of(*query);
  if (behaviour.concurrent) {
    auto second = [](Sender* self, QueryPointer of, base::Blob bytes) -> awaitable<void> {
      co_await self->post(of, bytes);
    };
    base::spawn(io_.get_executor(), "deliver", second(this, query, body));
  }
  const bool taken = co_await deliver_until_taken(query, body);
  for (int i = 0; taken && i < behaviour.duplicates; ++i)
    co_await deliver_until_taken(query, body);
  if (taken || stopping_) co_return;
  const base::Blob notice(simulator::body_of(notice_of(query->asked, -1212), Behaviour::Body::json));
  co_await post(query, notice);
}

awaitable<bool> Sender::deliver_until_taken(QueryPointer query, const base::Blob& body)
{
  int status = co_await post(query, body);
  for (std::size_t i = 0; status != 200 && i < options_.retries.size() && !stopping_; ++i) {
    co_await pause(options_.retries[i]);
    status = co_await post(query, body);
  }
  co_return status == 200;
}

awaitable<int> Sender::post(QueryPointer query, const base::Blob& body)
{
  http::ClientOutcome outcome;
  const http::ClientRequest request = request_of(query->hooks, body, query->behaviour.expects);
  auto perform = [&outcome, &request] { outcome = http::perform(request); };
  co_await base::run_on(threads_.get_executor(), perform);
  const int status = outcome.answer ? outcome.answer->status : 0;
  const std::string content = outcome.answer ? outcome.answer->body.substr(0, kept_reply) : outcome.error;
  query->replies.push_back({text::format_time(clock_.now()), status, content});
  base::log::info("posted",
                  {{"query_id", query->asked.query_id}, {"bytes", body.size()}, {"status", status}});
  co_return status;
}

} // namespace postbackd::simulator
