#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

namespace postbackd::test
{

// A blocking TCP connection that says exactly what it is told to.
class RawConnection
{
public:
  explicit RawConnection(unsigned short port, const std::string& address = "127.0.0.1");
  ~RawConnection();
  RawConnection(const RawConnection&) = delete;
  RawConnection& operator=(const RawConnection&) = delete;

  // False when the peer has closed.
  bool send(std::string_view bytes);
  void shutdown_send();
  // What comes until the text `end` has come, the peer closes, or the time is over.
  std::string read_until(std::string_view end, std::chrono::milliseconds time = std::chrono::seconds(20));
  // What comes until the peer closes. Throws when it does not.
  std::string read_all(std::chrono::milliseconds time = std::chrono::seconds(20));
  // One answer: its header, and the body its Content-Length announces.
  std::string read_answer(std::chrono::milliseconds time = std::chrono::seconds(20));

private:
  enum class Read { some, closed, timeout };
  Read read_some(std::chrono::steady_clock::time_point end);

  int socket_;
  std::string buffer_;
};

struct Answer {
  int status = 0; // 0: no answer
  std::string header;
  std::string body;
  std::string receipt() const;
};

Answer parse_answer(const std::string& bytes);

// A POST as the platform sends it.
struct Post {
  std::string path = "/postback";
  std::string body;
  std::vector<std::string> fields{"Postbacksecret: test-secret",
                                  "Content-Type: application/x-www-form-urlencoded; charset=iso-8859-1"};
  bool keep_alive = false;
};

std::string to_bytes(const Post& post);
Answer send(unsigned short port, const Post& post);

} // namespace postbackd::test
