#include "http/network.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>

namespace postbackd::http
{
namespace
{

namespace ip = boost::asio::ip;

ip::address without_coat(const ip::address& address)
{
  if (address.is_v6() && address.to_v6().is_v4_mapped())
    return ip::make_address_v4(ip::v4_mapped, address.to_v6());
  return address;
}

std::vector<std::uint8_t> bytes_of(const ip::address& address)
{
  if (address.is_v4()) {
    const auto bytes = address.to_v4().to_bytes();
    return {bytes.begin(), bytes.end()};
  }
  const auto bytes = address.to_v6().to_bytes();
  return {bytes.begin(), bytes.end()};
}

std::string_view trimmed(std::string_view text)
{
  const std::size_t begin = text.find_first_not_of(" \t");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t") - begin + 1);
}

} // namespace

std::optional<Network> Network::parse(const std::string& text)
{
  const std::size_t slash = text.find('/');
  boost::system::error_code error;
  const ip::address address = ip::make_address(text.substr(0, slash), error);
  if (error) return std::nullopt;
  const unsigned bits = address.is_v4() ? 32 : 128;
  if (slash == std::string::npos) return Network(address, bits);
  unsigned prefix = 0;
  const char* end = text.data() + text.size();
  const auto [stop, failure] = std::from_chars(text.data() + slash + 1, end, prefix);
  if (failure != std::errc{} || stop != end || prefix > bits) return std::nullopt;
  return Network(address, prefix);
}

bool Network::contains(const ip::address& address) const
{
  const std::vector<std::uint8_t> ours = bytes_of(address_);
  const std::vector<std::uint8_t> theirs = bytes_of(without_coat(address));
  if (ours.size() != theirs.size()) return false;
  for (unsigned bit = 0; bit < prefix_; ++bit) {
    const unsigned mask = 0x80U >> (bit % 8);
    if ((ours[bit / 8] & mask) != (theirs[bit / 8] & mask)) return false;
  }
  return true;
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
        trimmed(comma == std::string_view::npos ? forwarded_for : forwarded_for.substr(comma + 1));
    boost::system::error_code error;
    ip::make_address(std::string(last), error);
    if (error) break;
    sender = last;
    forwarded_for = comma == std::string_view::npos ? std::string_view() : forwarded_for.substr(0, comma);
  }
  return sender;
}

} // namespace postbackd::http
