#include "http/session.hpp"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include <array>

#include "http/request_parser.hpp"

namespace postbackd::http
{
namespace
{

namespace asio = boost::asio;
using asio::awaitable;
using boost::system::error_code;
using Step = RequestParser::Step;

// What a client that gets its answer early may still send before we close, so that the answer reaches it:
// closing with unread bytes resets the connection.
constexpr std::size_t most_discarded = 256 << 10;
constexpr std::chrono::milliseconds discard_time{1'000};

class Session
{
public:
  Session(Connection& connection, Server& server, const std::shared_ptr<const Settings>& current)
      : connection_(connection), server_(server), current_(current), settings_(current),
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
    if (!connection_.tls()) co_return true;
    error_code error;
    co_await connection_.tls()->async_handshake(asio::ssl::stream_base::server,
                                                asio::redirect_error(asio::use_awaitable, error));
    if (error) server_.refusals.add(Refusal::tls, connection_.remote(), "-", error.message());
    co_return !error;
  }

  // One request; whether the connection can carry another.
  awaitable<bool> serve_one()
  {
    const Step header = co_await read_header();
    if (header == Step::need_more) co_return false;
    connection_.set_state(Connection::State::busy);
    if (header == Step::fault) co_return co_await refuse_fault();
    const Router::Match match = find_endpoint();
    if (!match.endpoint) co_return co_await refuse_route(match);
    const std::string_view reason = match.endpoint->refusal(head_);
    if (!reason.empty()) co_return co_await refuse(401, Refusal::unauthorized, reason);
    const Step body = co_await read_body(match.endpoint->body_limit());
    if (body == Step::need_more) co_return false;
    if (body == Step::fault) co_return co_await refuse_fault();
    co_return co_await answer(*match.endpoint);
  }

  Router::Match find_endpoint()
  {
    settings_ = current_; // a reload may have come while the connection was idle
    head_ = parser_.head();
    head_.remote = connection_.remote();
    Router::Match match = settings_->router.match(head_.method, head_.path);
    head_.parameters = match.parameters;
    return match;
  }

  // need_more: the client is gone, or too slow and told so.
  awaitable<Step> read_header()
  {
    for (;;) {
      const Step step = parser_.read_header();
      if (step != Step::need_more) co_return step;
      if (connection_.state() != Connection::State::busy && parser_.has_bytes()) {
        connection_.set_state(Connection::State::busy);
        connection_.allow(settings_->limits.header_timeout);
      }
      const bool came = co_await read_some();
      if (!came) break;
    }
    if (connection_.state() == Connection::State::busy) co_await give_up("in the middle of its header");
    co_return Step::need_more;
  }

  awaitable<Step> read_body(std::uint64_t limit)
  {
    connection_.allow(settings_->limits.body_timeout);
    Step step = parser_.read_body(limit);
    if (step == Step::need_more && parser_.expects_continue() && !parser_.has_body_bytes())
      co_await write(continue_bytes);
    while (step == Step::need_more) {
      const bool came = co_await read_some();
      if (!came) {
        co_await give_up("in the middle of its body");
        break;
      }
      step = parser_.read_body(limit);
    }
    co_return step;
  }

  awaitable<void> give_up(std::string_view where)
  {
    if (connection_.timed_out()) {
      co_await refuse(408, Refusal::timeout, where);
      co_return;
    }
    server_.refusals.add(Refusal::vanished, connection_.remote(), parser_.head().path, where);
  }

  awaitable<bool> answer(Endpoint& endpoint)
  {
    // No deadline while the store works: a commit ends by itself, by its own limits.
    connection_.allow(std::chrono::hours(24));
    Request request{head_, parser_.take_body(), server_.clock.now()};
    Response response;
    std::string failure;
    try {
      response = co_await endpoint.handle(std::move(request));
    } catch (const std::exception& e) {
      failure = e.what();
    }
    if (!failure.empty()) co_return co_await refuse(500, Refusal::internal, failure);
    if (response.status == 200)
      ++server_.answered;
    else
      server_.refusals.add(response.status == 503 ? Refusal::store : Refusal::malformed, connection_.remote(),
                           head_.path, response.why);
    const bool keep_alive = parser_.keeps_alive() && !server_.stopping;
    co_return co_await send(std::move(response), keep_alive);
  }

  awaitable<bool> refuse_fault()
  {
    const Fault fault = parser_.fault();
    co_return co_await refuse(fault.status, fault.kind, fault.why);
  }

  awaitable<bool> refuse_route(Router::Match match)
  {
    Response response = error_response(match.allow.empty() ? 404 : 405);
    response.allow = match.allow;
    const Refusal kind = match.allow.empty() ? Refusal::not_found : Refusal::method;
    server_.refusals.add(kind, connection_.remote(), head_.path, head_.method);
    co_return co_await send(std::move(response), false);
  }

  awaitable<bool> refuse(unsigned status, Refusal kind, std::string_view why)
  {
    server_.refusals.add(kind, connection_.remote(), parser_.head().path, why);
    Response response = error_response(status);
    co_return co_await send(std::move(response), false);
  }

  awaitable<bool> send(Response response, bool keep_alive)
  {
    connection_.allow(settings_->limits.header_timeout);
    const std::string bytes = to_bytes(response, keep_alive, server_.clock.now());
    const bool written = co_await write(bytes);
    if (written && !keep_alive) co_await part();
    co_return written&& keep_alive;
  }

  // Closes so that the last answer arrives: our side first, then what the client still sends is thrown away.
  awaitable<void> part()
  {
    error_code ignored;
    connection_.allow(discard_time);
    if (connection_.tls()) {
      co_await connection_.tls()->async_shutdown(asio::redirect_error(asio::use_awaitable, ignored));
      co_return;
    }
    connection_.socket().shutdown(asio::socket_base::shutdown_send, ignored);
    std::array<char, 4096> bin;
    for (std::size_t discarded = 0; discarded < most_discarded;) {
      error_code error;
      const std::size_t count = co_await connection_.socket().async_read_some(
          asio::buffer(bin), asio::redirect_error(asio::use_awaitable, error));
      if (error) break;
      discarded += count;
    }
  }

  awaitable<bool> read_some()
  {
    error_code error;
    std::size_t count = 0;
    const asio::mutable_buffer room = parser_.room();
    if (connection_.tls())
      count =
          co_await connection_.tls()->async_read_some(room, asio::redirect_error(asio::use_awaitable, error));
    else
      count = co_await connection_.socket().async_read_some(room,
                                                            asio::redirect_error(asio::use_awaitable, error));
    if (!error) parser_.commit(count);
    co_return !error;
  }

  awaitable<bool> write(std::string_view bytes)
  {
    error_code error;
    const asio::const_buffer buffer = asio::buffer(bytes);
    if (connection_.tls())
      co_await asio::async_write(*connection_.tls(), buffer,
                                 asio::redirect_error(asio::use_awaitable, error));
    else
      co_await asio::async_write(connection_.socket(), buffer,
                                 asio::redirect_error(asio::use_awaitable, error));
    co_return !error;
  }

  Connection& connection_;
  Server& server_;
  const std::shared_ptr<const Settings>& current_;
  std::shared_ptr<const Settings> settings_;
  RequestParser parser_;
  RequestHead head_;
};

} // namespace

awaitable<void> serve(Connection& connection, Server& server, const std::shared_ptr<const Settings>& current)
{
  Session session(connection, server, current);
  co_await session.run();
}

} // namespace postbackd::http
