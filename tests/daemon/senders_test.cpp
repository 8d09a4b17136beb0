// Which addresses may connect and post.
#include <boost/test/unit_test.hpp>

#include <filesystem>

#include "support/daemon.hpp"

using namespace postbackd::test;

namespace
{

Answer post_through(const Daemon& daemon, const std::vector<std::string>& forwarded_for)
{
  Post post{.body = "{}"};
  for (const std::string& value : forwarded_for)
    post.fields.push_back("X-Forwarded-For: " + value);
  return send(daemon.port(), post);
}

std::string last_remote(const Daemon& daemon)
{
  return daemon.query("SELECT remote FROM v_postbacks ORDER BY receipt DESC LIMIT 1");
}

} // namespace

BOOST_AUTO_TEST_SUITE(senders)

BOOST_AUTO_TEST_CASE(a_forwarded_address_is_accepted_only_from_a_trusted_proxy)
{
  Daemon open;
  BOOST_TEST(post_through(open, {"203.0.113.5"}).status == 200);
  BOOST_TEST(last_remote(open) == "127.0.0.1");

  Daemon behind({.listen = "trusted_proxies = [\"127.0.0.0/8\"]\n"});
  send(behind.port(), {.body = "[1]",
                       .fields = {"Postbacksecret: test-secret", "X-Forwarded-For: 6.6.6.6",
                                  "X-Forwarded-For: 203.0.113.5"}});
  BOOST_TEST(last_remote(behind) == "203.0.113.5");
  send(behind.port(), {.body = "[2]"});
  BOOST_TEST(last_remote(behind) == "127.0.0.1");
  send(behind.port(), {.body = "{}", .fields = {"X-Forwarded-For: 203.0.113.7"}});
  BOOST_TEST(behind.log().find("kind=unauthorized remote=203.0.113.7") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_route_accepts_only_the_senders_it_allows)
{
  Daemon daemon({.listen = "trusted_proxies = [\"127.0.0.1\"]\n",
                 .route = "allow = [\"203.0.113.0/24\", \"2001:db8::/32\"]\n"});
  BOOST_TEST(post_through(daemon, {"203.0.113.5"}).status == 200);
  BOOST_TEST(post_through(daemon, {"2001:db8::5"}).status == 200);
  const Answer refused = post_through(daemon, {"203.0.114.5"});
  BOOST_TEST(refused.status == 401);
  BOOST_TEST(refused.body == R"({"error":"unauthorized"})");
  BOOST_TEST(daemon.post("{}").status == 401);
  BOOST_TEST(daemon.log().find("[[route]] allow") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(the_connections_of_an_address_have_a_limit)
{
  Daemon daemon({.limits = "connections_per_address = 3\n"});
  std::vector<std::unique_ptr<RawConnection>> open;
  const std::string request = to_bytes({.body = "{}", .keep_alive = true});
  const auto connect = [&] {
    open.push_back(std::make_unique<RawConnection>(daemon.port()));
    open.back()->send(request);
    return parse_answer(open.back()->read_answer()).status;
  };
  for (int i = 0; i < 3; ++i)
    BOOST_TEST(connect() == 200);
  BOOST_TEST(RawConnection(daemon.port()).read_all().empty()); // closed at once
  BOOST_TEST(daemon.log().find("connections_per_address") != std::string::npos);
  open.pop_back();
  BOOST_TEST(eventually([&] { return connect() == 200 || (open.pop_back(), false); }));
}

BOOST_AUTO_TEST_CASE(an_address_above_its_limit_takes_nobodys_place)
{
  Daemon daemon({.limits = "connections = 2\nconnections_per_address = 2\n"});
  std::vector<std::unique_ptr<RawConnection>> idle;
  for (int i = 0; i < 2; ++i) {
    idle.push_back(std::make_unique<RawConnection>(daemon.port()));
    idle.back()->send(to_bytes({.body = "{}", .keep_alive = true}));
    BOOST_TEST(parse_answer(idle.back()->read_answer()).status == 200);
  }
  BOOST_TEST(RawConnection(daemon.port()).read_all().empty());
  for (const auto& connection : idle) {
    connection->send(to_bytes({.body = "{}", .keep_alive = true}));
    BOOST_TEST(parse_answer(connection->read_answer()).status == 200);
  }
}

BOOST_AUTO_TEST_CASE(a_trusted_proxy_may_open_any_number_of_connections)
{
  Daemon daemon({.listen = "trusted_proxies = [\"127.0.0.1\"]\n", .limits = "connections_per_address = 1\n"});
  std::vector<std::unique_ptr<RawConnection>> open;
  for (int i = 0; i < 5; ++i) {
    open.push_back(std::make_unique<RawConnection>(daemon.port()));
    open.back()->send(to_bytes({.body = "{}", .keep_alive = true}));
    BOOST_TEST(parse_answer(open.back()->read_answer()).status == 200);
  }
}

BOOST_AUTO_TEST_SUITE_END()
