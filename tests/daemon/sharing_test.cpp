// Equal submissions over the API: one of them is sent (max_age).
#include "daemon/submission_fixture.hpp"

using namespace postbackd;
using namespace postbackd::test;

BOOST_FIXTURE_TEST_SUITE(sharing, SubmissionFixture)

BOOST_AUTO_TEST_CASE(a_thousand_equal_submissions_at_once_are_one)
{
  const Simulator simulator;
  Daemon daemon(options(simulator, quick));
  const std::string body =
      R"({"api":"people","datasets":"basic_data","q":"doc{1},simulate{delay=500ms}","max_age":"24h","metadata":{"n":1}})";
  const auto post = [&](const std::string& url) {
    return run({"curl", "-sS", "--parallel", "--parallel-max", "100", "--unix-socket", path("api"), "-d",
                body, "http://postbackd/v1/queries#" + url});
  };
  BOOST_TEST(post("[1-1000]").code == 0);
  const auto answered = [&] {
    return daemon.query("SELECT count(*) FROM v_results WHERE json ->> 'QueryId' IS NOT NULL");
  };
  BOOST_TEST(eventually([&] { return answered() == "1000"; }));
  BOOST_TEST(accepted(simulator).at("doc{1},simulate{delay=500ms}") == 1);
  BOOST_TEST(daemon.query("SELECT count(DISTINCT id) FROM v_events WHERE event = 'result'") == "1000");
  BOOST_TEST(daemon.query("SELECT count(*) FROM v_queries WHERE served_from IS NULL") == "1");
  // Handlers get each, with its own id.
  BOOST_TEST(eventually([&] {
    return daemon.query("SELECT count(DISTINCT id) FROM v_deliveries WHERE state = 'done'") == "1000";
  }));
  BOOST_TEST(given().at("doc{1},simulate{delay=500ms}") == 1'000);
  // From now on the result is there at once.
  const Output served = post("1");
  BOOST_TEST(served.out.find(R"("state":"answered")") != std::string::npos, served.out);
  BOOST_TEST(served.out.find(R"("served_from":")") != std::string::npos, served.out);
  const std::string metrics =
      run({"curl", "-sS", "--unix-socket", path("admin"), "http://admin/metrics"}).out;
  BOOST_TEST(metrics.find("postbackd_submissions_served_total 1000\n") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(postbackctl_asks_for_a_young_result)
{
  const Simulator simulator;
  Daemon daemon(options(simulator, quick));
  const auto submit = [&](const std::vector<std::string>& more) {
    std::vector<std::string> arguments{"submit", "--api", "people", "--datasets",
                                       "d",      "--q",   "doc{2}", "--wait"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return daemon.ctl(arguments);
  };
  const std::string first = submit({});
  BOOST_TEST(submit({"--max-age", "1h"}) == first);
  BOOST_TEST(accepted(simulator).at("doc{2}") == 1);
  BOOST_TEST(submit({}) != first); // another QueryId
  BOOST_TEST(accepted(simulator).at("doc{2}") == 2);
}

BOOST_AUTO_TEST_SUITE_END()
