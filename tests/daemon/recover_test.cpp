// The machine is gone, and the newest copy is put in its place: what was asked after it is looked for in the
// platform's log before it is sent, so that nothing is paid twice, and every query that the applications know
// has its end.
#include "daemon/submission_fixture.hpp"

using namespace postbackd::test;

namespace
{

struct RecoverFixture : SubmissionFixture {
  // Over the API, which answers at once.
  void ask(int number, bool recover) const
  {
    const std::string body = R"({"api":"people","datasets":"basic_data","q":")" + q_of(number, "") + R"(")" +
                             (recover ? R"(,"recover":true)" : "") + "}";
    const Output output = run({"curl", "-sS", "--unix-socket", path("api"), "-H",
                               "Idempotency-Key: order-" + std::to_string(number), "-H",
                               "Content-Type: application/json", "-d", body, "http://api/v1/queries"});
    BOOST_REQUIRE_MESSAGE(output.out.find(R"("id":)") != std::string::npos, output.out);
  }
  static std::string answered(const Daemon& daemon)
  {
    return daemon.query("SELECT count(*) FROM v_queries WHERE state = 'answered' OR state = 'recovered'");
  }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(recover, RecoverFixture)

BOOST_AUTO_TEST_CASE(a_machine_is_lost_and_nothing_is_paid_twice)
{
  const Simulator simulator;
  const std::string copy = path("copy");
  // Queued when the copy is made, and sent after it.
  Daemon::Options slow = options(
      simulator, "rate = 5.0\nretry = { first = \"50ms\", factor = 1.0, max = \"50ms\", attempts = 5 }\n");
  Daemon daemon(slow);
  for (int i = 0; i < 20; ++i)
    ask(i, false);
  daemon.back_up(copy);
  BOOST_TEST(daemon.query("SELECT count(*) FROM v_queries WHERE state = 'queued'") !=
             "0");              // so the copy has some
  for (int i = 20; i < 30; ++i) // the copy does not know these
    ask(i, false);
  BOOST_TEST(eventually([&] { return answered(daemon) == "30"; }));
  daemon.kill();
  for (const char* suffix : {"", "-wal", "-shm"})
    std::filesystem::remove(daemon.store().string() + suffix);
  daemon.restore(copy);
  daemon.start();
  BOOST_TEST(run({program("postbackctl"), "--config", daemon.configuration().string(), "status", "--check"})
                 .out.find("was restored") != std::string::npos);
  for (int i = 0; i < 40; ++i) // ten of them for the first time
    ask(i, true);
  BOOST_TEST(eventually([&] { return answered(daemon) == "40"; }), daemon.ctl({"list", "--pending"}));
  const auto counts = accepted(simulator);
  BOOST_TEST(counts.size() == 40u);
  for (const auto& [q, count] : counts)
    BOOST_TEST(count == 1, q << " was paid " << count << " times");
  const std::string report = daemon.ctl({"report", "--since", "1h"});
  BOOST_TEST(report.find("missing") == report.find("missing             nothing"), report);
}

BOOST_AUTO_TEST_CASE(submissions_wait_while_the_account_is_refused)
{
  const Simulator simulator({"--profile", "ack=-111"});
  Daemon daemon(options(simulator, quick));
  for (int i = 0; i < 5; ++i)
    ask(i, false);
  BOOST_TEST(eventually([&] {
    return run({program("postbackctl"), "--config", daemon.configuration().string(), "status", "--check"})
               .out.find("the platform refuses our account") != std::string::npos;
  }));
  BOOST_TEST(daemon.query("SELECT count(*) FROM v_queries WHERE state = 'failed'") == "0");
  BOOST_TEST(eventually(
      [&] { return daemon.query("SELECT count(*) FROM v_queries WHERE state = 'queued'") == "5"; }));
}

BOOST_AUTO_TEST_SUITE_END()
