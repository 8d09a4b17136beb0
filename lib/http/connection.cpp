#include "http/connection.hpp"

#include <poll.h>

#include "http/tls_stream.hpp"

namespace postbackd::http
{

Connection::Connection(Socket socket, std::string remote, std::shared_ptr<TlsContext> context)
    : socket_(std::move(socket)), remote_(std::move(remote)), context_(std::move(context))
{
  if (context_) tls_ = std::make_unique<TlsStream>(socket_, *context_);
}

Connection::~Connection() = default;

// Not by reading: with TLS, or a pipelined request, there are bytes before the end.
bool Connection::has_left() const
{
  pollfd socket{const_cast<Socket&>(socket_).native_handle(), POLLRDHUP, 0};
  return ::poll(&socket, 1, 0) > 0;
}

} // namespace postbackd::http
