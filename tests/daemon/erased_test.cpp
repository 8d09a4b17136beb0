// What an erasure says, to whom, and what it leaves when a backup is put back: postbackctl on a running
// daemon.
#include <boost/test/unit_test.hpp>

#include <fstream>

#include "support/daemon.hpp"

using namespace postbackd::test;

namespace
{

constexpr auto cpf = "52998224725"; // synthetic

struct Erased {
  Daemon::Options options{.more =
                              "[api]\naudit = \"90d\"\n"
                              "[[handler]]\nname = \"forget\"\nkind = \"exec\"\ncommand = [\"/bin/true\"]\n"
                              "match = { event = \"erased\" }\n"};
  Daemon daemon{options};

  void keep(const std::string& query_id, const std::string& text)
  {
    daemon.query("INSERT INTO queries (query_id, label) VALUES ('" + query_id + "', 'somebody')");
    BOOST_REQUIRE(daemon.post(R"({"QueryId":")" + query_id + R"(","Result":[")" + text + "\"]}").status ==
                  200);
  }
  Output ctl(std::vector<std::string> arguments) const
  {
    std::vector<std::string> all{program("postbackctl"), "--config", daemon.configuration().string()};
    all.insert(all.end(), arguments.begin(), arguments.end());
    return run(all);
  }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(erased, Erased)

BOOST_AUTO_TEST_CASE(an_address_a_receipt_and_every_spelling_are_erased)
{
  keep("q-1", "Ana@Example.com");
  keep("q-2", R"(\u0035\u00329.982.247\u201325)");
  keep("q-3", "nobody");
  BOOST_TEST(ctl({"erase", "--email", "ana"}).code == 1);
  BOOST_TEST(
      daemon.ctl({"erase", "--email", "ana@example.com"}).starts_with("erased: 1 queries, 1 postbacks"));
  BOOST_TEST(daemon.ctl({"erase", "--document", cpf}).starts_with("erased: 1 queries, 1 postbacks"));
  const std::string receipt = daemon.query("SELECT receipt FROM v_queries WHERE query_id = 'q-3'");
  BOOST_TEST(daemon.ctl({"erase", "--receipt", receipt}).starts_with("erased: 1 queries, 1 postbacks"));
  BOOST_TEST(daemon.query("SELECT count(*) FROM v_results") == "0");
  BOOST_TEST(daemon.query("SELECT group_concat(reason || ' ' || queries) FROM v_erasures") ==
             "email 1,document 1,receipt 1");
  BOOST_TEST(daemon.query("SELECT DISTINCT who FROM v_erasures").starts_with("postbackctl: "));
  BOOST_TEST(ctl({"erase", "--document", cpf}).code == 2);
}

BOOST_AUTO_TEST_CASE(a_handler_that_asks_for_it_hears_of_an_erasure)
{
  keep("q-1", cpf);
  daemon.ctl({"erase", "--query", "q-1"});
  BOOST_TEST(
      eventually([&] { return daemon.query("SELECT handler, state FROM v_deliveries") == "forget|done"; }));
  BOOST_TEST(daemon.query("SELECT event, id, label IS NULL FROM v_events WHERE event = 'erased'") ==
             "erased|q-1|1");
}

BOOST_AUTO_TEST_CASE(what_is_left_is_said_and_is_no_success)
{
  keep("q-1", cpf);
  const auto exported = daemon.store().parent_path() / "export.ndjson";
  std::ofstream(exported) << cpf;
  const auto first = ctl({"erase", "--document", cpf});
  BOOST_TEST(first.code == 1);
  BOOST_TEST(first.out.find("it is still in the file '" + exported.string() + "'") != std::string::npos,
             first.out);
  std::filesystem::remove(exported);
  BOOST_TEST(ctl({"erase", "--document", cpf}).code == 2);
}

BOOST_AUTO_TEST_CASE(what_postbackctl_reads_is_noted)
{
  keep("q-1", "1");
  const std::string receipt = daemon.query("SELECT receipt FROM v_queries");
  daemon.ctl({"result", "q-1"});
  daemon.ctl({"body", receipt});
  daemon.ctl({"export"});
  daemon.ctl({"show", "q-1"});
  BOOST_TEST(daemon.query("SELECT group_concat(action || ' ' || query, ', ') FROM v_audit WHERE client LIKE "
                          "'postbackctl: %'") == "result q-1, body " + receipt + ", export ");
}

BOOST_AUTO_TEST_CASE(a_backup_of_before_forgets_when_it_is_put_back)
{
  keep("q-1", cpf);
  const TemporaryDirectory elsewhere;
  const auto backup = elsewhere / "backup";
  daemon.ctl({"backup", backup.string()});
  daemon.ctl({"erase", "--document", cpf});
  BOOST_TEST(daemon.stop() == 0);
  const auto restored = ctl({"restore", backup.string(), "--replace"});
  BOOST_TEST(restored.code == 0);
  BOOST_TEST(restored.out.find("erased in it, as in the store since this backup: 1 queries, 1 postbacks") !=
                 std::string::npos,
             restored.out);
  BOOST_TEST(read_file(daemon.store()).find(cpf) == std::string::npos);
  daemon.start();
  BOOST_TEST(daemon.query("SELECT count(*), sum(erased_at IS NOT NULL) FROM v_queries") == "1|1");
  BOOST_TEST(daemon.post(R"({"QueryId":"q-1","Result":[")" + std::string(cpf) + "\"]}").status == 200);
  BOOST_TEST(daemon.query("SELECT count(*) FROM v_results") == "0");
}

BOOST_AUTO_TEST_SUITE_END()
