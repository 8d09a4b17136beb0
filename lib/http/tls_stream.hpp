#pragma once

#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>

#include "http/sockets.hpp"

namespace postbackd::http
{

struct TlsContext {
  boost::asio::ssl::context native{boost::asio::ssl::context::tls_server};
};

// TLS on a socket that it does not own.
struct TlsStream {
  TlsStream(Socket& socket, TlsContext& context) : native(socket, context.native) {}

  boost::asio::ssl::stream<Socket&> native;
};

} // namespace postbackd::http
