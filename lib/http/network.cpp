#include "http/network.hpp"

#include <algorithm>
#include <charconv>

#include "base/ascii.hpp"

namespace postbackd::http
{
namespace
{

namespace ip = boost::asio::ip;

// Converts an IPv4 address to its IPv4-mapped IPv6 address, so that all comparisons use one form.
ip::address_v6::bytes_type bytes_of(const ip::address& address)
{
  const ip::address_v6 mapped =
      address.is_v4() ? ip::make_address_v6(ip::v4_mapped, address.to_v4()) : address.to_v6();
  return mapped.to_bytes();
}

constexpr unsigned mapped_prefix = 96; // of ::ffff:0:0

} // namespace

std::optional<Network> Network::parse(const std::string& text)
{
  const std::size_t slash = text.find('/');
  boost::system::error_code error;
  const ip::address address = ip::make_address(text.substr(0, slash), error);
  if (error) return std::nullopt;
  const unsigned bits = address.is_v4() ? 32 : 128;
  const unsigned before = address.is_v4() ? mapped_prefix : 0;
  if (slash == std::string::npos) return Network(bytes_of(address), before + bits);
  unsigned prefix = 0;
  const char* end = text.data() + text.size();
  const auto [stop, failure] = std::from_chars(text.data() + slash + 1, end, prefix);
  if (failure != std::errc{} || stop != end || prefix > bits) return std::nullopt;
  return Network(bytes_of(address), before + prefix);
}

bool Network::contains(const ip::address& address) const
{
  const auto theirs = bytes_of(address);
  const std::size_t whole = prefix_ / 8;
  if (!std::equal(bytes_.begin(), bytes_.begin() + whole, theirs.begin())) return false;
  const unsigned rest = prefix_ % 8;
  return rest == 0 || (bytes_[whole] ^ theirs[whole]) >> (8 - rest) == 0;
}

bool is_within(const std::vector<Network>& networks, std::string_view text)
{
  boost::system::error_code error;
  const ip::address address = ip::make_address(std::string(text), error);
  const auto contains = [&address](const Network& network) { return network.contains(address); };
  return !error && std::any_of(networks.begin(), networks.end(), contains);
}

std::string_view sender_of(std::string_view peer, std::string_view forwarded_for,
                           const std::vector<Network>& trusted)
{
  std::string_view sender = peer;
  while (!forwarded_for.empty() && is_within(trusted, sender)) {
    const std::size_t comma = forwarded_for.rfind(',');
    const std::string_view last =
        base::trimmed(comma == std::string_view::npos ? forwarded_for : forwarded_for.substr(comma + 1));
    boost::system::error_code error;
    ip::make_address(std::string(last), error);
    if (error) break;
    sender = last;
    forwarded_for = comma == std::string_view::npos ? std::string_view() : forwarded_for.substr(0, comma);
  }
  return sender;
}

} // namespace postbackd::http
