#pragma once

#include <chrono>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "base/digest.hpp"
#include "http/request.hpp"

namespace postbackd::api
{

struct Client;

// Whoever has logged in to the page (docs/page.md): each session is a secret in a cookie. All on one thread.
class Sessions
{
public:
  using Clock = std::chrono::steady_clock;
  static constexpr std::chrono::hours lifetime{12};
  static constexpr std::chrono::minutes code_lifetime{1};
  static constexpr std::size_t most_of_one =
      20; // sessions of a token, or of the socket: a new one ends the oldest
  static constexpr std::size_t most_codes = 100;
  static constexpr std::string_view cookie = "postbackd";
  static constexpr std::string_view secure_cookie = "__Host-postbackd"; // RFC 6265bis, 4.1.3.2

  struct Session {
    std::optional<base::Sha256> token; // ends with it; absent: of whoever may open the socket
    bool may_act = true;               // or only look
    Clock::time_point until{};
    std::shared_ptr<bool> closed = std::make_shared<bool>(false);

    bool is_over(Clock::time_point now) const { return *closed || until <= now; }
  };

  // `tls`: browsers have the cookie under its secure name alone, which no other host can set.
  explicit Sessions(bool tls = false) : tls_(tls) {}

  // Opens a session. Returns the value of its cookie.
  std::string open(Session session, Clock::time_point now);
  // Returns the session that the cookie of a request names, or nothing.
  std::optional<Session> find(const http::RequestHead& head, Clock::time_point now) const;
  void close(const http::RequestHead& head);

  // Makes a code that opens a session of whoever may open the socket, once and within a minute.
  std::string make_code(bool may_act, Clock::time_point now);
  // Returns the session of a code, and forgets the code.
  std::optional<Session> take_code(std::string_view code, Clock::time_point now);

private:
  struct Code {
    base::Sha256 digest;
    bool may_act;
    Clock::time_point until;
  };

  using ByDigest = std::map<base::Sha256, Session>; // of the cookie's value
  void end(ByDigest::iterator session);
  std::string_view secret_of(const http::RequestHead& head) const;

  bool tls_;
  ByDigest sessions_;
  std::deque<Code> codes_;
};

// Returns the value of a cookie of the request (RFC 6265, 5.4), or an empty text.
std::string_view cookie_of(const http::RequestHead& head, std::string_view name);

// Returns whether a page of our own has sent the request, and no form or page of another origin: it has a
// field that only a script of the same origin can send, and its Origin is the host that it was sent to.
bool is_from_our_page(const http::RequestHead& head);

} // namespace postbackd::api
