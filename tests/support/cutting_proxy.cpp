#include "support/cutting_proxy.hpp"

#include <cstring>
#include <stdexcept>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

namespace postbackd::test
{
namespace
{

sockaddr_un address_of(const std::filesystem::path& path)
{
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, path.c_str(), sizeof address.sun_path - 1);
  return address;
}

} // namespace

CuttingProxy::CuttingProxy(const std::filesystem::path& listen, const std::filesystem::path& server)
    : server_(server), listener_(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0))
{
  const sockaddr_un address = address_of(listen);
  if (::bind(listener_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
      ::listen(listener_, 64) != 0)
    throw std::runtime_error("the proxy cannot listen");
  accepting_ = std::thread([this] { accept_all(); });
}

CuttingProxy::~CuttingProxy()
{
  stopping_ = true;
  ::shutdown(listener_, SHUT_RDWR);
  accepting_.join();
  {
    const std::lock_guard lock(mutex_);
    for (const int socket : sockets_)
      ::shutdown(socket, SHUT_RDWR);
  }
  for (std::thread& pump : pumps_)
    pump.join();
  for (const int socket : sockets_)
    ::close(socket);
  ::close(listener_);
}

void CuttingProxy::cut_after(Way way, long bytes)
{
  has_cut_ = false;
  left_[static_cast<int>(way)] = bytes;
}

void CuttingProxy::accept_all()
{
  while (!stopping_) {
    const int client = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (client < 0) continue;
    const int server = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const sockaddr_un address = address_of(server_);
    if (::connect(server, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
      ::close(client), ::close(server);
      continue;
    }
    const std::lock_guard lock(mutex_);
    sockets_.insert(sockets_.end(), {client, server});
    pumps_.emplace_back([this, client, server] { pump(client, server, Way::to_server); });
    pumps_.emplace_back([this, client, server] { pump(server, client, Way::to_client); });
  }
}

void CuttingProxy::pump(int from, int to, Way way)
{
  std::atomic<long>& left = left_[static_cast<int>(way)];
  char bytes[16'384];
  for (;;) {
    const ssize_t count = ::read(from, bytes, sizeof bytes);
    if (count <= 0) break;
    ssize_t pass = count;
    if (left >= 0) {
      const long before = left.fetch_sub(count);
      if (before < count) {
        left = -1;
        has_cut_ = true;
        pass = before;
      }
    }
    for (ssize_t sent = 0; sent < pass;) {
      const ssize_t wrote = ::send(to, bytes + sent, static_cast<std::size_t>(pass - sent), MSG_NOSIGNAL);
      if (wrote <= 0) break;
      sent += wrote;
    }
    if (pass < count) break;
  }
  ::shutdown(from, SHUT_RDWR);
  ::shutdown(to, SHUT_RDWR);
}

} // namespace postbackd::test
