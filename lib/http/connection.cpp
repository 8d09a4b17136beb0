#include "http/connection.hpp"

#include "http/tls_stream.hpp"

namespace postbackd::http
{

Connection::Connection(Socket socket, std::string remote, std::shared_ptr<TlsContext> context)
    : socket_(std::move(socket)), remote_(std::move(remote)), context_(std::move(context))
{
  if (context_) tls_ = std::make_unique<TlsStream>(socket_, *context_);
}

Connection::~Connection() = default;

} // namespace postbackd::http
