#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/buffer.hpp>

#include <string_view>

#include "http/connection.hpp"

namespace postbackd::http
{

// The bytes of a connection, with or without TLS. Every operation ends at the connection's deadline.
class Channel
{
public:
  explicit Channel(Connection& connection) : connection_(connection) {}

  // Nothing to do where there is no TLS.
  boost::asio::awaitable<boost::system::error_code> shake_hands();
  // How many bytes came; 0 when the client is gone or too slow.
  boost::asio::awaitable<std::size_t> read_some(boost::asio::mutable_buffer room);
  // False when the client is gone or too slow.
  boost::asio::awaitable<bool> write(std::string_view bytes);
  // Closes so that the last answer arrives: our side first, then what the client still sends is thrown away.
  boost::asio::awaitable<void> part();

private:
  Connection& connection_;
};

} // namespace postbackd::http
