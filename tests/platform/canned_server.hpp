#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>

namespace postbackd::test
{

// Answers one connection with these bytes, whatever the request, and records the request. No bytes: hangs up.
class CannedServer
{
public:
  explicit CannedServer(std::string answer)
      : answer_(std::move(answer)), socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0))
  {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof address;
    ::bind(socket_, reinterpret_cast<const sockaddr*>(&address), length);
    ::listen(socket_, 1);
    ::getsockname(socket_, reinterpret_cast<sockaddr*>(&address), &length);
    url_ = "http://127.0.0.1:" + std::to_string(ntohs(address.sin_port));
    thread_ = std::thread([this] { serve(); });
  }
  ~CannedServer()
  {
    ::shutdown(socket_, SHUT_RDWR); // in case no connection came
    thread_.join();
    ::close(socket_);
  }
  CannedServer(const CannedServer&) = delete;
  CannedServer& operator=(const CannedServer&) = delete;

  // Returns a 200, or another status, with this JSON.
  static std::string json(const std::string& body, const std::string& status = "200 OK",
                          const std::string& fields = "")
  {
    return "HTTP/1.1 " + status + "\r\nContent-Type: application/json\r\n" + fields +
           "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
  }

  const std::string& url() const { return url_; }
  // Call after the client has received the answer.
  const std::string& request() const { return request_; }

private:
  void serve()
  {
    const int peer = ::accept(socket_, nullptr, nullptr);
    if (peer < 0) return;
    char bytes[64 << 10];
    while (!is_whole()) {
      const ssize_t count = ::read(peer, bytes, sizeof bytes);
      if (count <= 0) break;
      request_.append(bytes, static_cast<std::size_t>(count));
    }
    static_cast<void>(::write(peer, answer_.data(), answer_.size()) == 0);
    ::close(peer);
  }
  bool is_whole() const
  {
    const std::size_t end = request_.find("\r\n\r\n");
    if (end == std::string::npos) return false;
    const std::size_t length = request_.find("Content-Length: ");
    return length == std::string::npos ||
           request_.size() >= end + 4 + std::stoul(request_.substr(length + 16));
  }

  std::string answer_;
  int socket_;
  std::string url_;
  std::string request_;
  std::thread thread_;
};

} // namespace postbackd::test
