// Submissions through a stop, an outage of the platform, and kills of the daemon.
#include <boost/test/unit_test.hpp>

#include "daemon/submission_fixture.hpp"

using namespace postbackd;
using namespace postbackd::test;

BOOST_FIXTURE_TEST_SUITE(submission_faults, SubmissionFixture)

// A stop waits for submissions under way, so that they are not lost.
BOOST_AUTO_TEST_CASE(a_stop_waits_for_acknowledgements)
{
  const Simulator simulator;
  Daemon daemon(options(simulator, quick));
  daemon.query(
      "INSERT INTO queries (correlation, api, datasets, state) VALUES ('c', 'people', 'd', 'queued');"
      "INSERT INTO submissions (correlation, route, q, deadline, next_attempt_at) VALUES ('c', '/postback', "
      "'doc{1},simulate{slow-ack=1s,silent}', 60, '2026-01-01T00:00:00.000Z')");
  BOOST_TEST(eventually([&] { return !accepted(simulator).empty(); }));
  BOOST_TEST(daemon.stop() == 0);
  BOOST_TEST(daemon.query("SELECT state || ' ' || message FROM v_submissions") == "pending OK");
}

// `postbackctl status` complains of it after ten minutes (admin/status_test).
BOOST_AUTO_TEST_CASE(a_platform_that_takes_nothing_is_known_until_it_does)
{
  const Simulator simulator;
  Daemon daemon(options(simulator, quick));
  const auto submit = [&](const std::string& id, const std::string& q) {
    daemon.query("INSERT INTO queries (correlation, api, datasets, state) VALUES ('" + id +
                 "', 'people', 'd', 'queued'); INSERT INTO submissions (correlation, route, q, deadline, "
                 "next_attempt_at) VALUES ('" +
                 id + "', '/postback', '" + q + "', 60, '2026-01-01T00:00:00.000Z')");
  };
  const auto is_silent = [&] {
    return run({"curl", "-sS", "--unix-socket", path("admin"), "http://admin/status"})
               .out.find(R"("platform_silent_since":")") != std::string::npos;
  };
  BOOST_TEST(!is_silent());
  submit("a", "doc{1},simulate{http=429}");
  BOOST_TEST(eventually(is_silent));
  submit("b", "doc{2},simulate{silent}");
  BOOST_TEST(eventually([&] { return !is_silent(); }));
}

// No server, or one with an unknown certificate: the submission waits, and its message says why.
BOOST_AUTO_TEST_CASE(without_a_platform_nothing_stays_recovering)
{
  Daemon daemon;
  daemon.ctl({"register", "q-1", "--deadline", "1ms"});
  BOOST_TEST(eventually([&] { return daemon.query("SELECT state FROM v_queries") == "overdue"; }));
  daemon.stop();
  daemon.query("UPDATE queries SET state = 'recovering'"); // as a daemon with [platform] leaves it
  daemon.start();
  BOOST_TEST(daemon.query("SELECT state FROM v_queries") == "overdue");
  BOOST_TEST(daemon.query("SELECT count(*) FROM v_recoveries") == "1"); // for the day when [platform] is back
}

BOOST_AUTO_TEST_CASE(a_submission_to_an_unreachable_platform_is_sent_later)
{
  const std::pair<const char*, const char*> table[] = {{"http://127.0.0.1:1", "onnect"},
                                                       {"https://127.0.0.1:PORT", "certificate"}};
  run({"openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
       "-days", "2", "-subj", "/CN=127.0.0.1", "-keyout", path("key"), "-out", path("certificate")});
  ListeningSocket other;
  Daemon::Options tls;
  tls.listen =
      "tls = { certificate = \"" + path("certificate") + "\", private_key = \"" + path("key") + "\" }\n";
  tls.inherited_socket = other.descriptor();
  const Daemon server(tls); // anything that speaks TLS
  for (auto [url, why] : table) {
    const Simulator simulator;
    Daemon::Options with = options(simulator, quick);
    std::string base = url;
    if (const std::size_t at = base.find("PORT"); at != std::string::npos)
      base.replace(at, 4, std::to_string(other.port()));
    with.more.replace(with.more.find(simulator.url()), simulator.url().size(), base);
    Daemon daemon(with);
    daemon.query(
        "INSERT INTO queries (correlation, api, datasets, state) VALUES ('c', 'people', 'd', 'queued');"
        "INSERT INTO submissions (correlation, route, q, deadline, next_attempt_at) VALUES ('c', "
        "'/postback', "
        "'doc{1}', 60, '2026-01-01T00:00:00.000Z')");
    BOOST_TEST(eventually([&] { return daemon.query("SELECT max(attempts) > 1 FROM v_submissions") == "1"; }),
               daemon.log());
    // The message is empty while the next attempt runs.
    std::string message;
    BOOST_TEST(
        eventually([&] { return !(message = daemon.query("SELECT message FROM v_submissions")).empty(); }));
    BOOST_TEST(message.find(why) != std::string::npos, message);
    BOOST_TEST(message.find(base) == 0u, message);
    BOOST_TEST(accepted(simulator).empty());
  }
}

// A tenth of the posts arrives twice, some acknowledgements and some posts never, some posts before their
// acknowledgement; and the daemon is killed ten times meanwhile.
BOOST_AUTO_TEST_CASE(ten_thousand_submissions_survive_ten_kills)
{
  const int total = whole && !is_on_server() ? 10'000 : 500;
  const int kills = is_on_server() ? 1 : 10; // a lease lives on for some seconds
  const Simulator simulator({"--quiet", "--posts", "16", "--retries", "200ms,1s,3s", "--profile",
                             "duplicate@10%,lost-ack@5%,early@5%,silent@2%,delay=0ms..500ms"});
  Daemon daemon(options(simulator, quick + "resubmit = true\n"));
  {
    std::ofstream batch(directory / "batch");
    for (int i = 0; i < total; ++i)
      batch << R"({"api":"people","datasets":"basic_data","q":"doc{)" << i << "}\",\"deadline\":\"5s\"}\n";
  }
  const std::vector<std::string> submit{
      program("postbackctl"), "--config", daemon.configuration().string(), "submit", "--batch",
      path("batch")};
  const auto count = [&](const std::string& states) {
    return std::stoi(daemon.query("SELECT count(*) FROM v_submissions WHERE state IN (" + states + ")"));
  };
  {
    // An interrupted batch that starts again has the same submissions.
    Process first(submit, {.output = directory / "first"});
    BOOST_REQUIRE(eventually([&] { return count("'answered'") > total / 50; }, std::chrono::seconds(60)));
  }
  Process again(submit, {.output = directory / "again"});
  for (int i = 1; i <= kills; ++i) {
    BOOST_REQUIRE(eventually([&] { return count("'answered', 'recovered'") > i * total / (kills + 2); },
                             std::chrono::seconds(60)));
    daemon.kill();
    daemon.start();
  }
  BOOST_TEST(eventually([&] { return count("'answered', 'recovered'") == total; }, std::chrono::seconds(120)),
             daemon.query("SELECT state, count(*) FROM v_submissions GROUP BY 1"));
  const auto deliveries = [&] {
    return daemon.query("SELECT count(*) || ' ' || count(*) FILTER (WHERE state = 'done') FROM v_deliveries");
  };
  const std::string all = std::to_string(total) + " " + std::to_string(total);
  BOOST_TEST(eventually([&] { return deliveries() == all; }, std::chrono::seconds(60)), deliveries());
  const auto times = accepted(simulator);
  BOOST_TEST(times.size() == static_cast<std::size_t>(total));
  for (const auto& [q, number] : times)
    BOOST_REQUIRE_MESSAGE(number == 1, q << " was accepted " << number << " times");
  BOOST_TEST(given(kills).size() == static_cast<std::size_t>(total));
  BOOST_TEST_MESSAGE("recovered from the log: " << count("'recovered'"));
  BOOST_TEST(daemon.stop() == 0);
}

// The platform counts requests; a burst of a quarter of a second is allowed.
BOOST_AUTO_TEST_CASE(no_more_leave_in_a_second_than_the_rate_allows)
{
  const Simulator simulator;
  Daemon daemon(options(simulator, "rate = 4\nconcurrency = 16\n"));
  for (int number = 0; number < 7; ++number)
    daemon.ctl({"submit", "--api", "people", "--datasets", "d", "--q", q_of(number, "")});
  BOOST_TEST(
      eventually([&] { return daemon.query("SELECT count(submitted_at) FROM v_submissions") == "7"; }));
  // Six after the first, four in a second; a slow machine takes longer.
  BOOST_TEST(
      daemon.query(std::string("SELECT ") +
                   (is_on_server()
                        ? "max(submitted_at) - min(submitted_at) > interval '1.2 s'"
                        : "(julianday(max(submitted_at)) - julianday(min(submitted_at))) * 86400 > 1.2") +
                   " FROM v_submissions") == "1");
}

BOOST_AUTO_TEST_SUITE_END()
