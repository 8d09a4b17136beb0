#pragma once

#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/io_context.hpp>

#include <string>

namespace postbackd::http
{

// TCP, or a Unix socket.
using Socket = boost::asio::generic::stream_protocol::socket;
using Peer = boost::asio::generic::stream_protocol::endpoint;
using Acceptor = boost::asio::basic_socket_acceptor<boost::asio::generic::stream_protocol>;

// Opens a listening socket. Throws base::Failure with a message for users.
Acceptor listen(boost::asio::io_context& io, const std::string& address, unsigned short port);

// Opens a listening Unix socket for its owner and its group (mode 0660). Replaces a socket that a crash has
// left there. Throws base::Failure with a message for users.
Acceptor listen_local(boost::asio::io_context& io, const std::string& path);

// Takes over a listening TCP socket from the service manager. Throws base::Failure if it is not one.
Acceptor adopt(boost::asio::io_context& io, int descriptor);

// The address on which a socket listens, or of its peer. A Unix socket has none.
struct Address {
  std::string ip = "-"; // an IPv4-mapped IPv6 address is shown as IPv4
  unsigned short port = 0;
};
Address address_of(const Peer& peer);

} // namespace postbackd::http
