#include "http/channel.hpp"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include <array>

#include "http/tls_stream.hpp"

namespace postbackd::http
{
namespace
{

namespace asio = boost::asio;
using asio::awaitable;
using boost::system::error_code;

// Limits what a client with an early answer may still send before we close. Closing with unread bytes would
// reset the connection, and the answer would be lost: many clients send all of a body before they read.
constexpr std::size_t most_discarded = 16 << 20;
constexpr std::chrono::seconds discard_time{10}; // in all
constexpr std::chrono::seconds discard_pause{2}; // between two pieces

} // namespace

awaitable<error_code> Channel::shake_hands()
{
  error_code error;
  if (connection_.tls())
    co_await connection_.tls()->native.async_handshake(asio::ssl::stream_base::server,
                                                       asio::redirect_error(asio::use_awaitable, error));
  co_return error;
}

awaitable<std::size_t> Channel::read_some(asio::mutable_buffer room)
{
  error_code error;
  std::size_t count = 0;
  if (connection_.tls())
    count = co_await connection_.tls()->native.async_read_some(
        room, asio::redirect_error(asio::use_awaitable, error));
  else
    count =
        co_await connection_.socket().async_read_some(room, asio::redirect_error(asio::use_awaitable, error));
  co_return error ? 0 : count;
}

awaitable<bool> Channel::write(std::string_view bytes)
{
  error_code error;
  const asio::const_buffer buffer = asio::buffer(bytes);
  if (connection_.tls())
    co_await asio::async_write(connection_.tls()->native, buffer,
                               asio::redirect_error(asio::use_awaitable, error));
  else
    co_await asio::async_write(connection_.socket(), buffer,
                               asio::redirect_error(asio::use_awaitable, error));
  co_return !error;
}

awaitable<void> Channel::part(bool client_is_done)
{
  error_code ignored;
  connection_.allow(discard_pause);
  if (connection_.tls()) { // it fails where more than the client's goodbye comes
    error_code error;
    co_await connection_.tls()->native.async_shutdown(asio::redirect_error(asio::use_awaitable, error));
    if (!error || connection_.timed_out()) co_return;
  } else if (client_is_done && connection_.socket().available(ignored) == 0) {
    co_return;
  }
  connection_.socket().shutdown(asio::socket_base::shutdown_send, ignored);
  std::array<char, 4096> bin;
  const auto end = std::chrono::steady_clock::now() + discard_time;
  for (std::size_t discarded = 0; discarded < most_discarded && std::chrono::steady_clock::now() < end;) {
    connection_.allow(discard_pause);
    error_code error;
    const std::size_t count = co_await connection_.socket().async_read_some(
        asio::buffer(bin), asio::redirect_error(asio::use_awaitable, error));
    if (error) break;
    discarded += count;
  }
}

} // namespace postbackd::http
