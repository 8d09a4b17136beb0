#include "model/correlation.hpp"

#include <algorithm>

namespace postbackd::model
{

std::string new_correlation() { return base::to_hex(base::random_bytes(16)); }

bool is_correlation(std::string_view text)
{
  const auto is_hex = [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); };
  return text.size() == 32 && std::all_of(text.begin(), text.end(), is_hex);
}

std::string correlation_secret(const base::Secret& key, std::string_view correlation)
{
  return base::to_hex(key.sign(correlation));
}

std::string correlation_hooks(std::string_view route_url, const base::Secret& key,
                              std::string_view correlation)
{
  std::string hooks = "web{";
  ((hooks += route_url) += "/q/") += correlation;
  ((hooks += "}, postbacksecret{") += correlation_secret(key, correlation)) += '}';
  return hooks;
}

} // namespace postbackd::model
