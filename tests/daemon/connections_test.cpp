// Connections at their limits: slow clients, many clients, a stop, a locked file.
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <csignal>

#include "daemon/receiving.hpp"
#include "sqlite/connection.hpp"

using namespace postbackd::test;
namespace data = boost::unit_test::data;

BOOST_AUTO_TEST_SUITE(connections)

BOOST_AUTO_TEST_CASE(slow_clients_are_ended_at_their_deadline_without_effect_on_others)
{
  Daemon daemon(
      {.limits = "header_timeout = \"100ms\"\nbody_timeout = \"100ms\"\nidle_timeout = \"100ms\"\n"});
  RawConnection in_header(daemon.port());
  in_header.send("POST /postback HTTP/1.1\r\nHo");
  RawConnection after_request_line(daemon.port());
  after_request_line.send("POST /postback HTTP/1.1\r\n");
  RawConnection in_body(daemon.port());
  in_body.send(
      "POST /postback HTTP/1.1\r\nHost: h\r\nPostbacksecret: test-secret\r\nContent-Length: 100\r\n\r\n{\"a");
  RawConnection silent(daemon.port());
  RawConnection idle(daemon.port());
  idle.send(to_bytes({.body = "{}", .keep_alive = true}));
  BOOST_TEST(parse_answer(idle.read_answer()).status == 200);
  BOOST_TEST(parse_answer(in_header.read_all()).status == 408);
  BOOST_TEST(parse_answer(after_request_line.read_all()).status == 408);
  BOOST_TEST(parse_answer(in_body.read_all()).status == 408);
  BOOST_TEST(silent.read_all().empty());
  BOOST_TEST(idle.read_all().empty());
  BOOST_TEST(daemon.post(result_of("q-1")).status == 200);
  BOOST_TEST(count(daemon) == "2");
}

BOOST_AUTO_TEST_CASE(a_client_that_vanishes_leaves_no_row_and_no_descriptor)
{
  Daemon daemon;
  daemon.post("{}");
  const std::size_t before = daemon.descriptors_at_rest();
  for (int i = 0; i < 30; ++i) {
    RawConnection connection(daemon.port());
    connection.send("POST /postback HTTP/1.1\r\nHost: h\r\nPostbacksecret: test-secret\r\nContent-Length: "
                    "100\r\n\r\n{\"a");
  }
  BOOST_TEST(eventually([&] { return daemon.open_descriptors() <= before; }));
  BOOST_TEST(count(daemon) == "1");
  BOOST_TEST(has(daemon.log(), "kind=vanished"));
}

namespace
{

using Connections = std::vector<std::unique_ptr<RawConnection>>;

// Opens connections that send `bytes`, and waits until the daemon has all of them.
Connections open_connections(const Daemon& daemon, int count, const std::string& bytes)
{
  const std::size_t before = daemon.descriptors_at_rest();
  Connections connections;
  for (int i = 0; i < count; ++i) {
    connections.push_back(std::make_unique<RawConnection>(daemon.port()));
    connections.back()->send(bytes);
  }
  const std::size_t all = before + static_cast<std::size_t>(count);
  BOOST_REQUIRE(eventually([&] { return daemon.open_descriptors() >= all; }));
  return connections;
}

constexpr auto wrong_and_open =
    "POST /postback HTTP/1.1\r\nHost: h\r\nPostbacksecret: wrong\r\nContent-Length: 100\r\n\r\n";
// The one body of a stranger that is read.
constexpr auto form_for_a_token = "POST /api/token HTTP/1.1\r\nHost: h\r\nContent-Type: "
                                  "application/x-www-form-urlencoded\r\nContent-Length: "
                                  "4000\r\n\r\ngrant_type=";

} // namespace

BOOST_DATA_TEST_CASE(strangers_who_hold_all_connections_keep_no_sender_out,
                     data::make({"", "POST /postback HTTP/1.1\r\nHo", wrong_and_open, form_for_a_token}),
                     sent)
{
  const TemporaryDirectory directory;
  const auto secret = directory.write("secret", "a secret");
  // Few: one that got its 401 waits for the sender's end for a second only.
  Daemon daemon({.limits = "connections = 5\n",
                 .more = "[fanbase]\nenabled = true\nclient = [{ id = \"a\", secret = \"file:" +
                         secret.string() + "\" }]\n"});
  const Connections strangers = open_connections(daemon, 5, sent);
  for (int i = 0; i < 20; ++i)
    BOOST_TEST(daemon.post(result_of("q-" + std::to_string(i))).status == 200);
  BOOST_TEST(strangers.front()->read_all().find("200 OK") == std::string::npos); // the oldest went first
  BOOST_TEST(count(daemon) == "20");
  BOOST_TEST(has(daemon.log(), "kind=connections"));
}

BOOST_AUTO_TEST_CASE(a_connection_in_a_request_is_never_closed_for_another)
{
  Daemon daemon({.limits = "connections = 3\n"});
  const Connections in_body =
      open_connections(daemon, 3,
                       "POST /postback HTTP/1.1\r\nHost: h\r\nPostbacksecret: test-secret\r\n"
                       "Content-Length: 17\r\n\r\n{");
  RawConnection one_too_many(daemon.port());
  BOOST_TEST(one_too_many.read_all().empty());
  for (const auto& connection : in_body) {
    connection->send(R"("QueryId":"q-1"})");
    BOOST_TEST(parse_answer(connection->read_answer()).status == 200);
  }
  BOOST_TEST(has(daemon.log(), "all in a request"));
}

BOOST_AUTO_TEST_CASE(an_idle_connection_goes_after_those_without_a_request)
{
  Daemon daemon({.limits = "connections = 2\n"});
  RawConnection idle(daemon.port());
  const std::string request = to_bytes({.body = "{}", .keep_alive = true});
  idle.send(request);
  BOOST_TEST(parse_answer(idle.read_answer()).status == 200);
  const Connections stranger = open_connections(daemon, 1, "");
  RawConnection third(daemon.port());
  BOOST_TEST(stranger.front()->read_all().empty());
  idle.send(request);
  BOOST_TEST(parse_answer(idle.read_answer()).status == 200);
  third.send(request);
  BOOST_TEST(parse_answer(third.read_answer()).status == 200);
  BOOST_TEST(daemon.post("{}").status == 200);
  BOOST_TEST(idle.read_all().empty());
}

BOOST_AUTO_TEST_CASE(refusals_are_logged_a_few_times_only)
{
  Daemon daemon;
  for (int i = 0; i < 200; ++i)
    send(daemon.port(), {.fields = {"Postbacksecret: wrong"}});
  const std::string log = daemon.log();
  std::size_t lines = 0;
  for (std::size_t at = log.find("kind=unauthorized"); at != std::string::npos;
       at = log.find("kind=unauthorized", at + 1))
    ++lines;
  BOOST_TEST(lines >= 1u);
  BOOST_TEST(lines <= 20u);
  BOOST_TEST(daemon.stop() == 0);
  BOOST_TEST(has(daemon.log(), "refused=200"));
}

BOOST_AUTO_TEST_CASE(sigterm_finishes_requests_in_flight)
{
  Daemon daemon;
  RawConnection idle(daemon.port());
  idle.send(to_bytes({.body = "{}", .keep_alive = true}));
  BOOST_TEST(parse_answer(idle.read_answer()).status == 200);
  RawConnection in_flight(daemon.port());
  in_flight.send("POST /postback HTTP/1.1\r\nHost: h\r\nPostbacksecret: test-secret\r\nExpect: "
                 "100-continue\r\nContent-Length: 17\r\n\r\n");
  BOOST_TEST(has(in_flight.read_until("\r\n\r\n"), "100 Continue"));
  ::kill(daemon.pid(), SIGTERM);
  BOOST_TEST(idle.read_all().empty()); // ended at once
  BOOST_CHECK_THROW(RawConnection(daemon.port()), std::runtime_error);
  in_flight.send(R"({"QueryId":"fl"} )");
  const Answer answer = parse_answer(in_flight.read_all());
  BOOST_TEST(answer.status == 200);
  BOOST_TEST(has(answer.header, "Connection: close"));
  BOOST_TEST(daemon.stop() == 0);
  BOOST_TEST(daemon.query("SELECT count(*) FROM v_postbacks WHERE query_id = 'fl'") == "1");
}

// A connection that was accepted just before the stop may have its request on the way.
BOOST_AUTO_TEST_CASE(sigterm_lets_a_fresh_connection_send_its_request)
{
  Daemon daemon;
  const std::size_t before = daemon.descriptors_at_rest();
  RawConnection fresh(daemon.port());
  BOOST_REQUIRE(eventually([&] { return daemon.open_descriptors() > before; }));
  ::kill(daemon.pid(), SIGTERM);
  BOOST_REQUIRE(eventually([&] { return has(daemon.log(), "event=stopping"); }));
  fresh.send(to_bytes({.body = R"({"QueryId":"fresh"})"}));
  BOOST_TEST(parse_answer(fresh.read_all()).status == 200);
  BOOST_TEST(daemon.stop() == 0);
  BOOST_TEST(daemon.query("SELECT count(*) FROM v_postbacks WHERE query_id = 'fresh'") == "1");
}

BOOST_AUTO_TEST_CASE(a_stop_waits_no_longer_than_its_timeout)
{
  Daemon daemon({.limits = "stop_timeout = \"200ms\"\n"});
  RawConnection stuck(daemon.port());
  stuck.send("POST /postback HTTP/1.1\r\nHost: h\r\nPostbacksecret: test-secret\r\nExpect: "
             "100-continue\r\nContent-Length: 17\r\n\r\n");
  stuck.read_until("\r\n\r\n");
  const auto before = std::chrono::steady_clock::now();
  BOOST_TEST(daemon.stop() == 0);
  BOOST_TEST((std::chrono::steady_clock::now() - before < std::chrono::seconds(20))); // the default is 30
}

BOOST_AUTO_TEST_CASE(a_locked_file_gets_503_and_the_daemon_recovers_by_itself)
{
  Daemon daemon({.store = "busy_timeout = \"100ms\"\n"});
  {
    // This program holds the write lock.
    postbackd::sqlite::ConnectionOptions options;
    options.path = daemon.store();
    postbackd::sqlite::Connection other(options, postbackd::sqlite::Connection::Mode::existing);
    other.database().raw().exec("BEGIN IMMEDIATE");
    const Answer refused = daemon.post(result_of("q-1"));
    BOOST_TEST(refused.status == 503);
    BOOST_TEST(has(refused.header, "Retry-After: "));
    BOOST_TEST(has(daemon.log(), "kind=store"));
    other.database().raw().exec("ROLLBACK");
  }
  BOOST_TEST(eventually([&] { return daemon.post(result_of("q-1")).status == 200; }));
  BOOST_TEST(daemon.is_running());
}

BOOST_AUTO_TEST_SUITE_END()
