// One store, two processes: one faces the senders, the other does the rest.
#include <boost/test/unit_test.hpp>

#include "support/daemon.hpp"

using namespace postbackd::test;

namespace
{

struct Roles {
  TemporaryDirectory store;
  TemporaryDirectory files;

  Daemon::Options options(const std::string& roles) const
  {
    Daemon::Options options;
    options.folder = store.path();
    options.more = "[process]\nroles = " + roles +
                   "\n[[handler]]\nname = \"log\"\nkind = \"file\"\npath = \"" +
                   (files / "results").string() + "\"\n";
    return options;
  }
  std::string results() const
  {
    return std::filesystem::exists(files / "results") ? read_file(files / "results") : "";
  }
};

std::string result_of(const std::string& id) { return R"({"QueryId":")" + id + R"(","Result":[1]})"; }

} // namespace

BOOST_FIXTURE_TEST_SUITE(roles, Roles)

BOOST_AUTO_TEST_CASE(a_receiver_and_a_worker_share_a_store)
{
  Daemon receiver(options(R"(["receive"])"));
  Daemon worker(options(R"(["deliver", "ask", "keep"])"));
  BOOST_TEST(worker.port() == 0); // it listens to nobody
  receiver.ctl({"register", "q-1", "--deadline", "1s"});
  receiver.ctl({"register", "q-2", "--deadline", "1s"});
  BOOST_TEST(receiver.post(result_of("q-1")).status == 200);
  BOOST_TEST(eventually([&] { return results().find("q-1") != std::string::npos; }));
  BOOST_TEST(eventually(
      [&] { return receiver.query("SELECT state FROM v_queries WHERE query_id = 'q-2'") == "overdue"; }));
  // The worker comes and goes; nothing that arrived meanwhile is lost.
  BOOST_TEST(worker.stop() == 0);
  BOOST_TEST(receiver.post(result_of("q-2")).status == 200);
  worker.start();
  BOOST_TEST(eventually([&] { return results().find("q-2") != std::string::npos; }));
  BOOST_TEST(receiver.log().find("event=delivery") == std::string::npos);
  BOOST_TEST(receiver.stop() == 0);
  BOOST_TEST(worker.stop() == 0);
}

BOOST_AUTO_TEST_CASE(a_receiver_needs_no_credentials_of_the_platform)
{
  const std::string platform = "[platform]\naccess_token = \"file:/no/such\"\ntoken_id = \"file:/no/such\"\n";
  Daemon receiver({.more = "[process]\nroles = [\"receive\"]\n" + platform});
  BOOST_TEST(receiver.post("{}").status == 200);
  BOOST_CHECK_THROW(Daemon({.more = platform}), std::runtime_error);
}

BOOST_AUTO_TEST_CASE(a_second_worker_stands_by_and_takes_over)
{
  Daemon receiver(options(R"(["receive"])"));
  Daemon first(options(R"(["deliver", "keep"])"));
  BOOST_TEST(
      eventually([&] { return first.log().find("event=leading service=maintenance") != std::string::npos; }));
  Daemon second(options(R"(["deliver", "keep"])"));
  BOOST_TEST(eventually([&] { return second.log().find("event=standing_by") != std::string::npos; }));
  first.kill();
  receiver.ctl({"register", "q-1"});
  BOOST_TEST(receiver.post(result_of("q-1")).status == 200);
  BOOST_TEST(eventually([&] { return results().find("q-1") != std::string::npos; }));
}

BOOST_AUTO_TEST_SUITE_END()
