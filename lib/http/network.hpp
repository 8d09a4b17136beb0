#pragma once

#include <boost/asio/ip/address.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace postbackd::http
{

// Addresses with a common prefix (CIDR, RFC 4632 and 4291).
class Network
{
public:
  // `10.0.0.0/8`, `2001:db8::/32`, or one address; nothing when it is none of these.
  static std::optional<Network> parse(const std::string& text);

  // An IPv4 address in an IPv6 coat (`::ffff:a.b.c.d`) is that IPv4 address.
  bool contains(const boost::asio::ip::address& address) const;

private:
  Network(const boost::asio::ip::address& address, unsigned prefix) : address_(address), prefix_(prefix) {}

  boost::asio::ip::address address_;
  unsigned prefix_; // leading bits that count
};

// Whether one of the networks contains the address; a text that is no address is in none.
bool is_within(const std::vector<Network>& networks, std::string_view address);

// The sender's address behind proxies: `peer`, unless it is a trusted proxy; then the last address of
// X-Forwarded-For that is not one, because each proxy appends who spoke to it and only ours are believed.
std::string_view sender_of(std::string_view peer, std::string_view forwarded_for,
                           const std::vector<Network>& trusted);

} // namespace postbackd::http
