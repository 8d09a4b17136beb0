#include "support/client.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <cstring>
#include <netinet/in.h>
#include <poll.h>
#include <stdexcept>
#include <sys/socket.h>
#include <unistd.h>
#include <utility>

namespace postbackd::test
{
namespace
{

using Clock = std::chrono::steady_clock;

int connect_to(unsigned short port, const std::string& address)
{
  const bool v6 = address.find(':') != std::string::npos;
  const int socket = ::socket(v6 ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in v4_address{};
  v4_address.sin_family = AF_INET;
  v4_address.sin_port = htons(port);
  sockaddr_in6 v6_address{};
  v6_address.sin6_family = AF_INET6;
  v6_address.sin6_port = htons(port);
  inet_pton(AF_INET, address.c_str(), &v4_address.sin_addr);
  inet_pton(AF_INET6, address.c_str(), &v6_address.sin6_addr);
  const auto* target =
      v6 ? reinterpret_cast<const sockaddr*>(&v6_address) : reinterpret_cast<const sockaddr*>(&v4_address);
  if (::connect(socket, target, v6 ? sizeof v6_address : sizeof v4_address) != 0) {
    ::close(socket);
    throw std::runtime_error(std::string("connect: ") + std::strerror(errno));
  }
  return socket;
}

std::size_t content_length(std::string_view header)
{
  const std::size_t at = header.find("Content-Length: ");
  return at == std::string_view::npos ? 0 : std::stoul(std::string(header.substr(at + 16, 12)));
}

} // namespace

RawConnection::RawConnection(unsigned short port, const std::string& address)
    : socket_(connect_to(port, address))
{
}

RawConnection::~RawConnection() { ::close(socket_); }

bool RawConnection::send(std::string_view bytes)
{
  while (!bytes.empty()) {
    const ssize_t count = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (count <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
  return true;
}

void RawConnection::shutdown_send() { ::shutdown(socket_, SHUT_WR); }

RawConnection::Read RawConnection::read_some(Clock::time_point end)
{
  const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(end - Clock::now()).count();
  pollfd waiting{socket_, POLLIN, 0};
  if (left <= 0 || ::poll(&waiting, 1, static_cast<int>(left)) <= 0) return Read::timeout;
  char chunk[64 * 1024];
  const ssize_t count = ::recv(socket_, chunk, sizeof chunk, 0);
  if (count <= 0) return Read::closed;
  buffer_.append(chunk, static_cast<std::size_t>(count));
  return Read::some;
}

std::string RawConnection::read_until(std::string_view text, std::chrono::milliseconds time)
{
  const auto end = Clock::now() + time;
  std::size_t found = buffer_.find(text);
  while (found == std::string::npos && read_some(end) == Read::some)
    found = buffer_.find(text);
  const std::size_t length = found == std::string::npos ? buffer_.size() : found + text.size();
  const std::string result = buffer_.substr(0, length);
  buffer_.erase(0, length);
  return result;
}

std::string RawConnection::read_all(std::chrono::milliseconds time)
{
  const auto end = Clock::now() + time;
  for (;;) {
    const Read read = read_some(end);
    if (read == Read::timeout) throw std::runtime_error("the peer does not close");
    if (read == Read::closed) return std::exchange(buffer_, {});
  }
}

std::string RawConnection::read_answer(std::chrono::milliseconds time)
{
  std::string answer = read_until("\r\n\r\n", time);
  const std::size_t missing = content_length(answer);
  const auto end = Clock::now() + patience;
  while (buffer_.size() < missing && read_some(end) == Read::some) {
  }
  answer += buffer_.substr(0, missing);
  buffer_.erase(0, missing);
  return answer;
}

std::string Answer::receipt() const
{
  const std::size_t start = body.find("\"receipt\":\"");
  if (start == std::string::npos) return {};
  return body.substr(start + 11, body.find('"', start + 11) - start - 11);
}

Answer parse_answer(const std::string& bytes)
{
  Answer answer;
  const std::size_t end = bytes.find("\r\n\r\n");
  if (end == std::string::npos || !bytes.starts_with("HTTP/1.1 ")) return answer;
  answer.status = std::stoi(bytes.substr(9, 3));
  answer.header = bytes.substr(0, end + 2);
  answer.body = bytes.substr(end + 4);
  return answer;
}

std::string to_bytes(const Post& post)
{
  std::string bytes = "POST " + post.path +
                      " HTTP/1.1\r\nHost: localhost\r\nContent-Length: " + std::to_string(post.body.size()) +
                      "\r\n";
  for (const std::string& field : post.fields)
    bytes += field + "\r\n";
  bytes += post.keep_alive ? "\r\n" : "Connection: Close\r\n\r\n";
  return bytes + post.body;
}

Answer send(unsigned short port, const Post& post)
{
  RawConnection connection(port);
  connection.send(to_bytes(post));
  return parse_answer(connection.read_answer());
}

} // namespace postbackd::test
