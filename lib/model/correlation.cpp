#include "model/correlation.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

#include "base/clock.hpp"
#include "text/hooks.hpp"

namespace postbackd::model
{
namespace
{

std::string own_path(std::string_view route_path, std::string_view correlation)
{
  return std::string(route_path) + "/q/" + std::string(correlation);
}

} // namespace

// Like a UUID of version 7 (RFC 9562, 5.7): the indexes that have it grow at their end.
std::string new_correlation()
{
  const auto time =
      std::chrono::floor<std::chrono::milliseconds>(base::SystemClock().now().time_since_epoch());
  return fmt::format("{:012x}", static_cast<std::uint64_t>(time.count()) & 0xFFFF'FFFF'FFFF) +
         base::to_hex(base::random_bytes(10));
}

bool is_correlation(std::string_view text)
{
  const auto is_hex = [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); };
  return text.size() == 32 && std::all_of(text.begin(), text.end(), is_hex);
}

std::string correlation_secret(const base::Secret& key, std::string_view route_path,
                               std::string_view correlation)
{
  return base::to_hex(key.sign(own_path(route_path, correlation)));
}

std::string correlation_hooks(std::string_view public_url, std::string_view route_path,
                              const base::Secret& key, std::string_view correlation, HooksForm form)
{
  const std::string web = std::string(public_url) + own_path(route_path, correlation);
  const std::string secret = correlation_secret(key, route_path, correlation);
  if (form == HooksForm::authorization)
    return text::write_hooks(
        {{"web", web}, {"authorizationkey", std::string(correlation)}, {"authorizationtoken", secret}});
  return text::write_hooks({{"web", web}, {"postbacksecret", secret}});
}

} // namespace postbackd::model
