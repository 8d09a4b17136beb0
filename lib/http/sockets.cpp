#include "http/sockets.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ip/v6_only.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <fmt/format.h>

#include <cstring>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/error.hpp"

namespace postbackd::http
{
namespace
{

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

[[noreturn]] void fail(const std::string& address, unsigned short port, const error_code& error)
{
  std::string hint;
  if (error == asio::error::address_in_use) hint = ": another program holds the port; choose another one";
  if (error == asio::error::access_denied)
    hint = ": ports below 1024 need the systemd unit or CAP_NET_BIND_SERVICE";
  throw base::Failure(base::Errc::invalid,
                      fmt::format("cannot listen on {} port {}: {}{}", address, port, error.message(), hint));
}

// Removes a socket on which nobody listens; never another kind of file, which would refuse a connection too.
void remove_stale(asio::io_context& io, const std::string& path)
{
  struct stat status {
  };
  if (::lstat(path.c_str(), &status) != 0 || !S_ISSOCK(status.st_mode)) return;
  asio::local::stream_protocol::socket probe(io);
  error_code error;
  probe.connect(path, error);
  if (error == asio::error::connection_refused) ::unlink(path.c_str());
}

} // namespace

Acceptor listen(asio::io_context& io, const std::string& address, unsigned short port)
{
  error_code error;
  const auto ip = asio::ip::make_address(address, error);
  if (error) throw base::Failure(base::Errc::invalid, fmt::format("'{}' is not an IP address", address));
  const tcp::endpoint endpoint(ip, port);
  tcp::acceptor acceptor(io);
  acceptor.open(endpoint.protocol(), error);
  if (!error) acceptor.set_option(tcp::acceptor::reuse_address(true), error);
  // IPv6 only: `::` must not conflict with `0.0.0.0`.
  if (!error && ip.is_v6()) acceptor.set_option(asio::ip::v6_only(true), error);
  if (!error) acceptor.bind(endpoint, error);
  if (!error) acceptor.listen(asio::socket_base::max_listen_connections, error);
  if (error) fail(address, port, error);
  return {io, acceptor.local_endpoint().protocol(), acceptor.release()};
}

Acceptor listen_local(asio::io_context& io, const std::string& path)
{
  using asio::local::stream_protocol;
  sockaddr_un longest{};
  if (path.size() >= sizeof longest.sun_path)
    throw base::Failure(base::Errc::invalid,
                        fmt::format("the path of the socket '{}' is longer than {} bytes", path,
                                    sizeof longest.sun_path - 1));
  remove_stale(io, path);
  error_code error;
  stream_protocol::acceptor acceptor(io);
  acceptor.open(stream_protocol(), error);
  const mode_t mask = ::umask(0117);
  if (!error) acceptor.bind(path, error);
  ::umask(mask);
  if (!error) acceptor.listen(asio::socket_base::max_listen_connections, error);
  if (error)
    throw base::Failure(base::Errc::invalid,
                        fmt::format("cannot listen on '{}': {}{}", path, error.message(),
                                    error == asio::error::address_in_use
                                        ? ": another program has it, or it is not a socket"
                                        : ": its directory must exist and be writable"));
  return {io, stream_protocol(), acceptor.release()};
}

Acceptor adopt(asio::io_context& io, int descriptor)
{
  sockaddr_storage address{};
  socklen_t length = sizeof address;
  int listens = 0;
  socklen_t size = sizeof listens;
  const bool asked = ::getsockname(descriptor, reinterpret_cast<sockaddr*>(&address), &length) == 0 &&
                     ::getsockopt(descriptor, SOL_SOCKET, SO_ACCEPTCONN, &listens, &size) == 0;
  const bool is_tcp = address.ss_family == AF_INET || address.ss_family == AF_INET6;
  if (!asked || !is_tcp || !listens)
    throw base::Failure(base::Errc::invalid,
                        fmt::format("the inherited descriptor {} is not a listening TCP socket: "
                                    "check ListenStream= in the socket unit",
                                    descriptor));
  return {io, asio::generic::stream_protocol(address.ss_family, IPPROTO_TCP), descriptor};
}

Address address_of(const asio::generic::stream_protocol::endpoint& endpoint)
{
  tcp::endpoint ip;
  if (endpoint.protocol().family() != AF_INET && endpoint.protocol().family() != AF_INET6) return {};
  if (endpoint.size() > ip.capacity()) return {};
  std::memcpy(ip.data(), endpoint.data(), endpoint.size());
  ip.resize(endpoint.size());
  const auto address = ip.address();
  if (address.is_v6() && address.to_v6().is_v4_mapped())
    return {asio::ip::make_address_v4(asio::ip::v4_mapped, address.to_v6()).to_string(), ip.port()};
  return {address.to_string(), ip.port()};
}

} // namespace postbackd::http
