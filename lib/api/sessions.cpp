#include "api/sessions.hpp"

#include <algorithm>

#include "base/ascii.hpp"

namespace postbackd::api
{
namespace
{

std::string new_secret() { return base::to_hex(base::random_bytes(32)); }

} // namespace

// Behind something that encrypts, it has the secure name too.
std::string_view Sessions::secret_of(const http::RequestHead& head) const
{
  const std::string_view secure = cookie_of(head, secure_cookie);
  return secure.empty() && !tls_ ? cookie_of(head, cookie) : secure;
}

void Sessions::end(ByDigest::iterator session)
{
  *session->second.closed = true;
  sessions_.erase(session);
}

std::string Sessions::open(Session session, Clock::time_point now)
{
  std::erase_if(sessions_, [now](const auto& each) { return each.second.until <= now; });
  auto oldest = sessions_.end();
  std::size_t count = 0;
  for (auto each = sessions_.begin(); each != sessions_.end(); ++each) {
    if (each->second.token != session.token) continue;
    ++count;
    if (oldest == sessions_.end() || each->second.until < oldest->second.until) oldest = each;
  }
  if (count >= most_of_one) end(oldest);
  std::string secret = new_secret();
  session.until = now + lifetime;
  session.closed = std::make_shared<bool>(false);
  sessions_.emplace(base::sha256(secret), session);
  return secret;
}

std::optional<Sessions::Session> Sessions::find(const http::RequestHead& head, Clock::time_point now) const
{
  const std::string_view secret = secret_of(head);
  if (secret.empty()) return std::nullopt;
  const auto found = sessions_.find(base::sha256(secret));
  if (found == sessions_.end() || found->second.is_over(now)) return std::nullopt;
  return found->second;
}

void Sessions::close(const http::RequestHead& head)
{
  for (const std::string_view name : {secure_cookie, cookie})
    if (const auto found = sessions_.find(base::sha256(cookie_of(head, name))); found != sessions_.end())
      end(found);
}

std::string Sessions::make_code(bool may_act, Clock::time_point now)
{
  std::erase_if(codes_, [now](const Code& code) { return code.until <= now; });
  if (codes_.size() >= most_codes) codes_.pop_front();
  std::string secret = new_secret();
  codes_.push_back({base::sha256(secret), may_act, now + code_lifetime});
  return secret;
}

std::optional<Sessions::Session> Sessions::take_code(std::string_view code, Clock::time_point now)
{
  const base::Sha256 digest = base::sha256(code);
  const auto found = std::find_if(codes_.begin(), codes_.end(), [&](const Code& each) {
    return base::equal_in_constant_time(each.digest, digest);
  });
  if (found == codes_.end()) return std::nullopt;
  const Code taken = *found;
  codes_.erase(found);
  if (taken.until <= now) return std::nullopt;
  Session session;
  session.may_act = taken.may_act;
  return session;
}

std::string_view cookie_of(const http::RequestHead& head, std::string_view name)
{
  for (const http::Field& field : head.fields) {
    if (!base::equal_ignoring_case(field.name, "Cookie")) continue;
    std::string_view rest = field.value;
    while (!rest.empty()) {
      const std::size_t end = rest.find(';');
      std::string_view pair = rest.substr(0, end);
      rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
      pair.remove_prefix(std::min(pair.find_first_not_of(' '), pair.size()));
      if (pair.size() > name.size() && pair.starts_with(name) && pair[name.size()] == '=')
        return pair.substr(name.size() + 1);
    }
  }
  return {};
}

bool is_from_our_page(const http::RequestHead& head)
{
  if (head.only("Postbackd-Page") != "1") return false;
  const auto origin = head.only("Origin");
  const auto host = head.only("Host");
  if (!origin || !host) return false;
  const std::size_t scheme = origin->find("://");
  return scheme != std::string_view::npos && base::equal_ignoring_case(origin->substr(scheme + 3), *host);
}

} // namespace postbackd::api
