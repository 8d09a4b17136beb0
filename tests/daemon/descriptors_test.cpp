// Each connection takes a descriptor of the process: those of the API are none of the receiver's.
#include <boost/test/unit_test.hpp>

#include <filesystem>
#include <iterator>

#include "support/daemon.hpp"

using namespace postbackd::test;

BOOST_AUTO_TEST_SUITE(descriptors)

BOOST_AUTO_TEST_CASE(however_many_connect_to_the_api_the_receiver_has_its_own)
{
  constexpr std::size_t senders = 60;
  const TemporaryDirectory directory;
  const auto token = directory.write("token", "0123456789abcdef0123456789abcdef\n");
  Daemon::Options options;
  options.limits =
      "connections = " + std::to_string(senders) + "\nheader_timeout = \"10m\"\n"; // strangers stay
  options.more = "[api]\nport = 0\n[[api.client]]\nname = \"shop\"\nscopes = [\"read\"]\ntoken = \"file:" +
                 token.string() + "\"\n";
  std::size_t at_rest = 0;
  {
    const Daemon daemon(options);
    daemon.descriptors_at_rest();
    const std::filesystem::directory_iterator all("/proc/" + std::to_string(daemon.pid()) + "/fd");
    at_rest = static_cast<std::size_t>(std::distance(begin(all), end(all)));
  }
  const std::string most = std::to_string(at_rest + senders + 8 + 20);
  options.under = {"prlimit", "--nofile=" + most + ":" + most};
  const Daemon daemon(options);
  const std::string log = daemon.log();
  const std::size_t at = log.find("port=", log.find("event=api "));
  const auto api = static_cast<unsigned short>(std::stoul(log.substr(at + 5)));
  std::vector<std::unique_ptr<RawConnection>> strangers;
  for (int i = 0; i < 100; ++i)
    strangers.push_back(std::make_unique<RawConnection>(api));
  std::vector<std::unique_ptr<RawConnection>> connections;
  for (std::size_t i = 0; i < senders; ++i) {
    connections.push_back(std::make_unique<RawConnection>(daemon.port()));
    connections.back()->send(
        "POST /postback HTTP/1.1\r\nHost: a\r\nPostbacksecret: test-secret\r\nContent-Length: 2\r\n\r\n{");
  }
  for (const auto& connection : connections) {
    connection->send("}");
    BOOST_TEST(connection->read_answer().starts_with("HTTP/1.1 200"));
  }
}

BOOST_AUTO_TEST_SUITE_END()
