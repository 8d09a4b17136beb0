#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "support/machine.hpp"

namespace postbackd::test
{

// A blocking TCP connection that sends exactly the given bytes.
class RawConnection
{
public:
  explicit RawConnection(unsigned short port, const std::string& address = "127.0.0.1");
  ~RawConnection();
  RawConnection(const RawConnection&) = delete;
  RawConnection& operator=(const RawConnection&) = delete;

  // Returns false if the peer has closed.
  bool send(std::string_view bytes);
  void shutdown_send();
  // Returns the bytes up to the text `end`, or those that arrive until the peer closes or the time is over.
  std::string read_until(std::string_view end, std::chrono::milliseconds time = patience);
  // Returns all bytes until the peer closes. Throws if it does not close in time.
  std::string read_all(std::chrono::milliseconds time = patience);
  // Returns one answer: its header, and the body that its Content-Length announces.
  std::string read_answer(std::chrono::milliseconds time = patience);

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
