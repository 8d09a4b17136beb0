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
  // Parses `10.0.0.0/8`, `2001:db8::/32` or one address; returns nullopt for any other text.
  static std::optional<Network> parse(const std::string& text);

  // Treats an IPv4-mapped IPv6 address (`::ffff:a.b.c.d`) as that IPv4 address.
  bool contains(const boost::asio::ip::address& address) const;

  bool operator==(const Network&) const = default;

private:
  using Bytes = boost::asio::ip::address_v6::bytes_type;

  Network(const Bytes& bytes, unsigned prefix) : bytes_(bytes), prefix_(prefix) {}

  Bytes bytes_;     // IPv6; an IPv4 network is IPv4-mapped
  unsigned prefix_; // number of significant leading bits, of 128
};

// Returns whether one of the networks contains the address; false for a text that is not an address.
bool is_within(const std::vector<Network>& networks, std::string_view address);

// Returns the sender's address behind proxies: `peer`, unless that is a trusted proxy; then the last address
// of X-Forwarded-For that is not one. Each proxy appends the address of its client, and only trusted proxies
// are believed.
std::string_view sender_of(std::string_view peer, std::string_view forwarded_for,
                           const std::vector<Network>& trusted);

} // namespace postbackd::http
