#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/buffer.hpp>

#include <string_view>

#include "http/connection.hpp"

namespace postbackd::http
{

// Reads and writes a connection, with or without TLS. Every operation ends at the connection's deadline.
class Channel
{
public:
  explicit Channel(Connection& connection) : connection_(connection) {}

  // Performs the TLS handshake; does nothing without TLS.
  boost::asio::awaitable<boost::system::error_code> shake_hands();
  // Returns how many bytes arrived; 0 if the client is gone or too slow.
  boost::asio::awaitable<std::size_t> read_some(boost::asio::mutable_buffer room);
  // Returns false if the client is gone or too slow.
  boost::asio::awaitable<bool> write(std::string_view bytes);
  // Ends the connection so that the last answer arrives: closes our side first, then discards what the client
  // still sends. Nothing is left to do without TLS if the client has said that it sends no more.
  boost::asio::awaitable<void> part(bool client_is_done);

private:
  Connection& connection_;
};

} // namespace postbackd::http
