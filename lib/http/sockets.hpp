#pragma once

#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/io_context.hpp>

#include <string>

namespace postbackd::http
{

// TCP, or a Unix socket.
using Socket = boost::asio::generic::stream_protocol::socket;
using Acceptor = boost::asio::basic_socket_acceptor<boost::asio::generic::stream_protocol>;

// Opens a listening socket. Throws base::Failure with a sentence for people.
Acceptor listen(boost::asio::io_context& io, const std::string& address, unsigned short port);

// Opens a listening Unix socket for its owner and its group (mode 0660). A file that a crash has left there
// is replaced. Throws base::Failure with a sentence for people.
Acceptor listen_local(boost::asio::io_context& io, const std::string& path);

// Takes over a listening socket that the service manager holds. Throws base::Failure when it is none.
Acceptor adopt(boost::asio::io_context& io, int descriptor);

// Where a socket listens, or who is at its other end. Of a Unix socket there is nothing to say.
struct Address {
  std::string ip = "-"; // an IPv4 address in an IPv6 coat is that IPv4 address
  unsigned short port = 0;
};
Address address_of(const boost::asio::generic::stream_protocol::endpoint& endpoint);

} // namespace postbackd::http
