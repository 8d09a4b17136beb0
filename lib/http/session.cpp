#include "http/session.hpp"

#include <optional>

#include "base/spawn.hpp"
#include "http/channel.hpp"
#include "http/cors.hpp"
#include "http/request_parser.hpp"
#include "http/response_writer.hpp"

namespace postbackd::http
{
namespace
{

using boost::asio::awaitable;
using boost::system::error_code;
using Step = RequestParser::Step;

class Session
{
public:
  Session(Connection& connection, ServerState& server, const std::shared_ptr<const Settings>& current)
      : connection_(connection), channel_(connection), server_(server), current_(current), settings_(current),
        parser_(settings_->limits.header)
  {
  }

  awaitable<void> run()
  {
    connection_.allow(settings_->limits.header_timeout);
    const bool shaken = co_await shake_hands();
    if (!shaken) co_return;
    connection_.allow(settings_->limits.header_timeout);
    bool goes_on = co_await serve_one();
    while (goes_on && !server_.stopping) {
      parser_.begin();
      connection_.set_state(Connection::State::idle);
      connection_.allow(settings_->limits.idle_timeout);
      goes_on = co_await serve_one();
    }
  }

private:
  awaitable<bool> shake_hands()
  {
    const error_code error = co_await channel_.shake_hands();
    if (error) server_.refusals.add(Refusal::tls, connection_.remote(), "-", error.message());
    co_return !error;
  }

  // Serves one request. Returns whether the connection can serve another.
  awaitable<bool> serve_one()
  {
    head_ = {};
    const Step header = co_await read_header();
    if (header == Step::need_more) co_return false;
    connection_.set_state(Connection::State::busy);
    if (header == Step::fault) co_return co_await refuse_fault();
    const Router::Match match = find_endpoint();
    if (auto allowed = answer_preflight(head_, settings_->origins)) {
      Response preflight = std::move(*allowed);
      co_return co_await send(std::move(preflight), false);
    }
    if (!match.endpoint) co_return co_await refuse_route(match);
    const std::string_view reason = match.endpoint->refusal(head_);
    if (!reason.empty()) {
      server_.refusals.add(Refusal::unauthorized, remote(), head_.path, reason);
      Response refused = match.endpoint->refused();
      co_return co_await send(std::move(refused), false);
    }
    std::shared_ptr<void> place;
    if (auto busy = match.endpoint->admit(head_, place)) {
      Response refused = std::move(*busy);
      co_return co_await send(std::move(refused), false);
    }
    base::Blob body(server_.spool);
    const bool is_stranger = match.endpoint->judges_by_body(head_); // it keeps the time of a header
    if (is_stranger) connection_.set_state(Connection::State::reading);
    if (!is_stranger) connection_.allow(settings_->limits.body_timeout);
    Step read = Step::need_more;
    std::optional<base::Error> failure;
    try {
      read = co_await read_body(match.endpoint->body_limit(head_), body);
    } catch (const base::Failure& e) {
      failure = e.error();
    }
    if (failure) co_return co_await refuse(503, Refusal::store, failure->message);
    if (read == Step::need_more) co_return false;
    if (read == Step::fault) co_return co_await refuse_fault();
    connection_.set_state(Connection::State::busy);
    co_return co_await answer(*match.endpoint, std::move(body));
  }

  // Returns the sender's address; before the header is read, the peer's.
  std::string_view remote() const { return head_.remote.empty() ? connection_.remote() : head_.remote; }

  Router::Match find_endpoint()
  {
    settings_ = current_; // a reload may have come while the connection was idle
    head_ = parser_.head();
    forwarded_for_ = head_.joined("X-Forwarded-For");
    head_.remote = sender_of(connection_.remote(), forwarded_for_, settings_->trusted_proxies);
    if (Endpoint* const gate = settings_->gate; gate && !gate->refusal(head_).empty()) return {gate, {}, {}};
    Router::Match match = settings_->router.match(head_.method, head_.path);
    head_.parameters = match.parameters;
    return match;
  }

  // Returns need_more if the client left or timed out (a 408 was sent).
  awaitable<Step> read_header()
  {
    for (;;) {
      const Step step = parser_.read_header();
      if (step != Step::need_more) co_return step;
      if (connection_.state() != Connection::State::reading && parser_.has_bytes()) {
        connection_.set_state(Connection::State::reading);
        connection_.allow(settings_->limits.header_timeout);
      }
      const bool came = co_await read_some();
      if (!came) break;
    }
    if (connection_.state() == Connection::State::reading) co_await give_up("while sending its header");
    co_return Step::need_more;
  }

  // Throws base::Failure if the body cannot be written to disk.
  awaitable<Step> read_body(std::uint64_t limit, base::Blob& body)
  {
    Step step = parser_.read_body(limit);
    co_await take_piece(body);
    if (step == Step::need_more && parser_.expects_continue() && !parser_.has_body_bytes())
      co_await channel_.write(continue_bytes);
    while (step == Step::need_more) {
      const bool came = co_await read_some();
      if (!came) {
        co_await give_up("while sending its body");
        break;
      }
      step = parser_.read_body(limit);
      co_await take_piece(body);
    }
    co_return step;
  }

  awaitable<void> take_piece(base::Blob& body)
  {
    const std::string_view piece = parser_.body();
    auto append = [&body, piece] { body.append(piece); };
    if (body.would_block(piece.size()))
      co_await base::run_on(server_.background, append);
    else
      append();
  }

  awaitable<void> give_up(std::string_view where)
  {
    if (connection_.timed_out()) {
      co_await refuse(408, Refusal::timeout, where);
      co_return;
    }
    server_.refusals.add(Refusal::vanished, remote(), parser_.head().path, where);
  }

  awaitable<bool> answer(Endpoint& endpoint, base::Blob body)
  {
    // No deadline while the store works: a commit has its own limits.
    connection_.allow(std::chrono::hours(24));
    Request request{head_, std::move(body), server_.clock.now(), &connection_};
    Response response;
    Refusal kind = Refusal::store;
    std::string why;
    try {
      response = co_await endpoint.handle(std::move(request));
    } catch (const std::exception& e) {
      if (!dynamic_cast<const base::Failure*>(&e)) kind = Refusal::internal;
      why = e.what();
    }
    const unsigned failed = kind == Refusal::store ? 503 : 500;
    if (!why.empty()) co_return co_await refuse(failed, kind, why);
    if (response.status == 0) co_return false;
    server_.answers.add(response.status);
    if (response.status == 401)
      server_.refusals.add(Refusal::unauthorized, remote(), head_.path, response.why);
    if (response.status == 503) server_.refusals.add(Refusal::store, remote(), head_.path, response.why);
    const bool keep_alive = parser_.keeps_alive() && !server_.stopping && response.status != 401;
    co_return co_await send(std::move(response), keep_alive);
  }

  awaitable<bool> refuse_fault()
  {
    co_return co_await refuse(parser_.fault().status, parser_.fault().kind, parser_.fault().why);
  }

  awaitable<bool> refuse_route(Router::Match match)
  {
    Response response = settings_->error(match.allow.empty() ? 404 : 405);
    response.allow = match.allow;
    server_.refusals.add(match.allow.empty() ? Refusal::not_found : Refusal::method, remote(), head_.path,
                         head_.method);
    co_return co_await send(std::move(response), false);
  }

  awaitable<bool> refuse(unsigned status, Refusal kind, std::string_view why)
  {
    server_.refusals.add(kind, remote(), parser_.head().path, why);
    Response response = settings_->error(status);
    co_return co_await send(std::move(response), false);
  }

  awaitable<bool> send(Response response, bool keep_alive)
  {
    allow_origin(head_, settings_->origins, response);
    const bool with_content = parser_.head().method != "HEAD";
    const bool written =
        co_await write_response(connection_, channel_, settings_->limits, std::move(response), keep_alive,
                                server_.clock.now(), with_content);
    if (!written || keep_alive) co_return written;
    connection_.set_state(Connection::State::parting);
    co_await channel_.part(parser_.client_is_done());
    co_return false;
  }

  awaitable<bool> read_some()
  {
    const std::size_t count = co_await channel_.read_some(parser_.room());
    parser_.commit(count);
    co_return count > 0;
  }

  Connection& connection_;
  Channel channel_;
  ServerState& server_;
  const std::shared_ptr<const Settings>& current_;
  std::shared_ptr<const Settings> settings_;
  RequestParser parser_;
  RequestHead head_;
  std::string forwarded_for_;
};

} // namespace

awaitable<void> serve(Connection& connection, ServerState& server,
                      const std::shared_ptr<const Settings>& current)
{
  Session session(connection, server, current);
  co_await session.run();
}

} // namespace postbackd::http
