#include <boost/test/unit_test.hpp>

#include <tuple>

#include "http/network.hpp"

using namespace postbackd::http;

namespace
{

std::vector<Network> networks(const std::vector<std::string>& texts)
{
  std::vector<Network> result;
  for (const std::string& text : texts)
    result.push_back(Network::parse(text).value());
  return result;
}

} // namespace

BOOST_AUTO_TEST_SUITE(network)

BOOST_AUTO_TEST_CASE(a_network_contains_its_addresses_and_no_other)
{
  const std::tuple<const char*, const char*, bool> table[] = {
      {"10.0.0.0/8", "10.255.0.1", true},
      {"10.0.0.0/8", "11.0.0.1", false},
      {"10.1.2.3", "10.1.2.3", true},
      {"10.1.2.3", "10.1.2.4", false},
      {"192.168.4.0/22", "192.168.7.9", true},
      {"192.168.4.0/22", "192.168.8.0", false},
      {"0.0.0.0/0", "8.8.8.8", true},
      {"0.0.0.0/0", "::1", false},
      {"2001:db8::/32", "2001:db8:1::2", true},
      {"2001:db8::/32", "2001:db9::", false},
      {"::1", "::1", true},
      {"10.0.0.0/8", "::ffff:10.0.0.1", true},
      {"10.0.0.0/8", "nonsense", false},
      {"10.0.0.0/8", "", false},
  };
  for (const auto& [text, address, expected] : table)
    BOOST_TEST(is_within(networks({text}), address) == expected, text << " " << address);
}

BOOST_AUTO_TEST_CASE(malformed_networks_are_refused)
{
  for (const char* text :
       {"", "10.0.0.0/33", "10.0.0/8", "10.0.0.0/", "10.0.0.0/x", "::/129", "host/8", "10.0.0.0/-1"})
    BOOST_TEST(!Network::parse(text).has_value(), text);
}

BOOST_AUTO_TEST_CASE(only_trusted_proxies_are_believed)
{
  const auto trusted = networks({"10.0.0.0/8", "::1"});
  const std::tuple<const char*, const char*, const char*> table[] = {
      {"203.0.113.9", "1.2.3.4", "203.0.113.9"},              // claimed by a stranger
      {"10.0.0.1", "1.2.3.4", "1.2.3.4"},                     // said by our proxy
      {"10.0.0.1", "6.6.6.6, 1.2.3.4", "1.2.3.4"},            // the first was claimed by the client
      {"10.0.0.1", "6.6.6.6, 1.2.3.4 , 10.9.9.9", "1.2.3.4"}, // two proxies of ours
      {"10.0.0.1", "", "10.0.0.1"},
      {"10.0.0.1", "nonsense", "10.0.0.1"},
      {"10.0.0.1", "1.2.3.4, nonsense", "10.0.0.1"},
      {"10.0.0.1", "10.0.0.2", "10.0.0.2"},
      {"::1", "2001:db8::7", "2001:db8::7"},
  };
  for (const auto& [peer, forwarded_for, expected] : table)
    BOOST_TEST(sender_of(peer, forwarded_for, trusted) == expected, peer << " " << forwarded_for);
  BOOST_TEST(sender_of("1.1.1.1", "2.2.2.2", {}) == "1.1.1.1");
}

BOOST_AUTO_TEST_SUITE_END()
