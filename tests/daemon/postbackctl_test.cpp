// postbackctl: without the daemon, and in wrong hands.
#include <boost/test/unit_test.hpp>

#include "support/daemon.hpp"

using namespace postbackd::test;

namespace
{

bool has(const Output& output, const std::string& part) { return output.out.find(part) != std::string::npos; }

} // namespace

BOOST_AUTO_TEST_SUITE(postbackctl)

BOOST_AUTO_TEST_CASE(postbackctl_works_without_the_daemon)
{
  Daemon daemon;
  daemon.stop();
  BOOST_TEST(daemon.ctl({"register", "q-1", "--deadline", "1ms"}) == "registered q-1\n");
  BOOST_TEST(daemon.ctl({"register", "q-1"}) == "known already, nothing changed: q-1\n");
  BOOST_TEST(eventually([&] { return daemon.ctl({"list", "--overdue"}).find("q-1") != std::string::npos; }));
  daemon.start();
  BOOST_TEST(daemon.post(R"({"QueryId":"q-1","Result":[1]})").status == 200);
  daemon.stop();
  BOOST_TEST(daemon.ctl({"list", "--pending", "--json"}) == "[]\n");
  BOOST_TEST(daemon.ctl({"show", "q-1", "--json"}).find("\"kind\":\"result\"") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(mistakes_of_its_user_are_reported_in_sentences)
{
  Daemon daemon;
  const auto ctl = [&](std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), program("postbackctl"));
    arguments.insert(arguments.end(), {"--config", daemon.configuration().string()});
    return run(arguments);
  };
  BOOST_TEST(ctl({"show", "nobody"}).code == 2);
  BOOST_TEST(ctl({"register", "q", "--deadline", "soon"}).code == 1);
  BOOST_TEST(has(ctl({"register", std::string(200, 'q')}), "1 to 128"));
  BOOST_TEST(has(ctl({"hooks", "--route", "/none"}), "no [[route]] with the path /none"));
  BOOST_TEST(ctl({"list", "--pending", "--overdue"}).code == 64);
  BOOST_TEST(ctl({}).code == 64);
  daemon.stop();
  std::filesystem::remove(daemon.store());
  BOOST_TEST(has(ctl({"list"}), "there is no store at"));
}

BOOST_AUTO_TEST_SUITE_END()
