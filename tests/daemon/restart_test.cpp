// A restart is short, and refuses nobody (docs/deploy.md).
#include "daemon/api_fixture.hpp"
#include "daemon/submission_fixture.hpp"

using namespace postbackd::test;

BOOST_AUTO_TEST_SUITE(restart)

// The platform answers after a minute; a stop gives up after a second what is found afterwards.
BOOST_FIXTURE_TEST_CASE(a_stop_does_not_wait_for_acknowledgements, SubmissionFixture)
{
  const Simulator simulator({"--profile", "slow-ack=60s"});
  Daemon daemon(options(simulator, "rate = 100000.0\ntimeout = \"90s\"\n"));
  for (int i = 0; i < 3; ++i)
    run({"curl", "-sS", "--unix-socket", path("api"), "-d",
         R"({"api":"people","datasets":"basic_data","q":")" + q_of(i, "") + "\"}", "http://api/v1/queries"});
  BOOST_TEST(eventually(
      [&] { return daemon.query("SELECT count(*) FROM v_queries WHERE state <> 'queued'") == "3"; }));
  const auto start = std::chrono::steady_clock::now();
  BOOST_TEST(daemon.stop() == 0);
  const auto took = std::chrono::steady_clock::now() - start;
  BOOST_TEST((took < std::chrono::seconds(20)),
             std::chrono::duration<double>(took).count()); // stop_timeout is 30 s
  daemon.start();
  BOOST_TEST(eventually([&] {
    return daemon.query("SELECT count(*) FROM v_queries WHERE state = 'answered' OR state = 'recovered'") ==
           "3";
  }));
  for (const auto& [q, count] : accepted(simulator))
    BOOST_TEST(count == 1, q);
}

BOOST_FIXTURE_TEST_CASE(connections_to_both_ports_wait_while_it_is_down, ApiFixture)
{
  const ListeningSocket receiver;
  const ListeningSocket api;
  Daemon::Options options;
  options.inherited_socket = receiver.descriptor();
  options.inherited_api_socket = api.descriptor();
  start({}, {}, options);
  BOOST_TEST(daemon->port() == receiver.port());
  BOOST_TEST(port() == api.port());
  register_query("q-1");
  BOOST_TEST(daemon->stop() == 0);
  RawConnection sender(receiver.port());
  RawConnection client(api.port());
  client.send(to_bytes({.target = "/v1/queries/q-1/result?wait=60"}));
  const std::string body = R"({"QueryId":"q-1","Result":[1]})";
  sender.send("POST /postback HTTP/1.1\r\nHost: x\r\nPostbacksecret: test-secret\r\nContent-Length: " +
              std::to_string(body.size()) + "\r\nConnection: close\r\n\r\n" + body);
  daemon->start();
  BOOST_TEST(parse_answer(sender.read_answer()).status == 200);
  BOOST_TEST(parse_answer(client.read_answer()).status == 200);
}

BOOST_AUTO_TEST_SUITE_END()
