// The order matrix through the real programs, twice: registered by postbackctl, and by a plain INSERT of the
// sqlite3 program. The finer cases are in tests/store/matching_test.cpp.
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <chrono>
#include <mutex>
#include <set>
#include <thread>

#include "support/daemon.hpp"

using namespace postbackd::test;
namespace data = boost::unit_test::data;

namespace
{

enum class By { postbackctl, insert };

std::ostream& operator<<(std::ostream& out, By by)
{
  return out << (by == By::insert ? "a plain INSERT" : "postbackctl");
}

const auto registrars = data::make({By::postbackctl, By::insert});

void registers(const Daemon& daemon, By by, const std::string& id)
{
  if (by == By::insert)
    daemon.query("INSERT INTO queries (query_id) VALUES ('" + id + "')");
  else
    daemon.ctl({"register", id});
}

std::string result_of(const std::string& id, const std::string& value = "1")
{
  return R"({"QueryId":")" + id + R"(","Result":[{"value":")" + value + R"("}],"Status":{"x":[{"Code":0}]}})";
}

std::string notice_of(const std::string& id)
{
  return R"({"QueryId":")" + id + R"(","Result":[],"Status":{"hooks":[{"Code":-1212}]}})";
}

// Returns `state|value|kinds|events`, everything that the matrix compares.
std::string outcome(const Daemon& daemon)
{
  return daemon.query(
      "SELECT (SELECT group_concat(state) FROM v_queries), "
      "(SELECT group_concat(json -> 'Result' -> 0 ->> 'value') FROM v_results), "
      "(SELECT group_concat(kind || CASE WHEN repeats > 0 THEN '+' || repeats ELSE '' END, ' ') "
      "FROM (SELECT * FROM v_postbacks ORDER BY receipt) AS p), "
      "(SELECT group_concat(event, ' ') FROM (SELECT * FROM v_events ORDER BY seq) AS e)");
}

// The parts of a hooks string.
struct Hooks {
  std::string path;
  std::string secret;
};

Hooks hooks_of(const Daemon& daemon, const std::string& label)
{
  const std::string text = daemon.ctl({"hooks", "--label", label});
  const std::size_t path = text.find("/postback/q/");
  const std::size_t secret = text.find("postbacksecret{") + 15;
  return {text.substr(path, text.find('}', path) - path),
          text.substr(secret, text.find('}', secret) - secret)};
}

Answer post_to(const Daemon& daemon, const Hooks& hooks, const std::string& body)
{
  return send(daemon.port(),
              {.path = hooks.path, .body = body, .fields = {"Postbacksecret: " + hooks.secret}});
}

} // namespace

BOOST_AUTO_TEST_SUITE(order_matrix)

BOOST_DATA_TEST_CASE(register_then_result, registrars, by)
{
  Daemon daemon;
  registers(daemon, by, "q-1");
  daemon.post(result_of("q-1"));
  BOOST_TEST(outcome(daemon) == "answered|1|result|result");
}

BOOST_DATA_TEST_CASE(result_then_register, registrars, by)
{
  Daemon daemon;
  daemon.post(result_of("q-1"));
  BOOST_TEST(outcome(daemon) == "||unmatched|");
  registers(daemon, by, "q-1");
  BOOST_TEST(outcome(daemon) == "answered|1|result|result");
}

BOOST_DATA_TEST_CASE(repeats_in_a_row_are_counted, registrars, by)
{
  Daemon daemon;
  registers(daemon, by, "q-1");
  const std::string first = daemon.post(result_of("q-1")).receipt();
  BOOST_TEST(daemon.post(result_of("q-1")).receipt() == first);
  BOOST_TEST(outcome(daemon) == "answered|1|result+1|result");
}

BOOST_DATA_TEST_CASE(fifty_repeats_at_once_are_counted, registrars, by)
{
  Daemon daemon;
  registers(daemon, by, "q-1");
  std::mutex mutex;
  std::set<std::string> receipts;
  std::vector<std::jthread> senders;
  for (int i = 0; i < 50; ++i)
    senders.emplace_back([&] {
      const std::string receipt = daemon.post(result_of("q-1")).receipt();
      const std::lock_guard lock(mutex);
      receipts.insert(receipt);
    });
  senders.clear();
  BOOST_TEST(receipts.size() == 1u);
  BOOST_TEST(outcome(daemon) == "answered|1|result+49|result");
}

BOOST_DATA_TEST_CASE(notice_then_result, registrars, by)
{
  Daemon daemon;
  registers(daemon, by, "q-1");
  daemon.post(notice_of("q-1"));
  BOOST_TEST(outcome(daemon) == "notified||notice|notice");
  daemon.post(result_of("q-1"));
  BOOST_TEST(outcome(daemon) == "answered|1|notice result|notice result");
}

BOOST_DATA_TEST_CASE(result_then_notice, registrars, by)
{
  Daemon daemon;
  registers(daemon, by, "q-1");
  daemon.post(result_of("q-1"));
  daemon.post(notice_of("q-1"));
  BOOST_TEST(outcome(daemon) == "answered|1|result notice|result");
}

BOOST_DATA_TEST_CASE(a_second_different_result, registrars, by)
{
  Daemon daemon;
  registers(daemon, by, "q-1");
  daemon.post(result_of("q-1", "first"));
  daemon.post(result_of("q-1", "second"));
  BOOST_TEST(outcome(daemon) == "answered|first|result extra|result extra");
}

BOOST_DATA_TEST_CASE(an_unknown_query_id_is_unmatched, registrars, by)
{
  Daemon daemon;
  registers(daemon, by, "q-1");
  daemon.post(result_of("q-2"));
  BOOST_TEST(outcome(daemon) == "pending||unmatched|");
  BOOST_TEST(daemon.ctl({"list", "--unmatched", "--json"}).find("\"query_id\":\"q-2\"") != std::string::npos);
}

BOOST_DATA_TEST_CASE(own_credentials_match_after_a_lost_acknowledgement, registrars, by)
{
  Daemon daemon;
  const Hooks mine = hooks_of(daemon, "mine");
  BOOST_TEST(post_to(daemon, mine, result_of("q-1")).status == 200);
  BOOST_TEST(outcome(daemon) == "answered|1|result|result");
  registers(daemon, by, "q-1"); // the application finds its acknowledgement later
  BOOST_TEST(outcome(daemon) == "answered|1|result|result");
  BOOST_TEST(daemon.query("SELECT label FROM v_results") == "mine");
}

BOOST_DATA_TEST_CASE(own_credentials_and_a_registration_merge, registrars, by)
{
  Daemon daemon;
  const Hooks mine = hooks_of(daemon, "mine");
  registers(daemon, by, "q-1");
  BOOST_TEST(post_to(daemon, mine, result_of("q-1")).status == 200);
  BOOST_TEST(outcome(daemon) == "answered|1|result|result");
  BOOST_TEST(daemon.query("SELECT label FROM v_results") == "mine");
}

BOOST_DATA_TEST_CASE(registering_again_changes_nothing, registrars, by)
{
  Daemon daemon;
  registers(daemon, by, "q-1");
  daemon.post(result_of("q-1"));
  registers(daemon, by, "q-1");
  const std::string insert = "INTO queries (query_id) VALUES ('Q-1')";
  if (is_on_server())
    for (const char* conflict : {"", " ON CONFLICT DO NOTHING"})
      daemon.query("INSERT " + insert + conflict);
  else
    for (const char* conflict : {"", "OR IGNORE ", "OR REPLACE "})
      daemon.query(std::string("INSERT ") + conflict + insert);
  BOOST_TEST(outcome(daemon) == "answered|1|result|result");
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(per_query_credentials)

BOOST_AUTO_TEST_CASE(each_secret_is_valid_for_its_own_path_only)
{
  Daemon daemon;
  const Hooks mine = hooks_of(daemon, "mine");
  const Hooks theirs = hooks_of(daemon, "theirs");
  const std::string body = result_of("q-1");
  BOOST_TEST(post_to(daemon, {mine.path, theirs.secret}, body).status == 401);
  BOOST_TEST(post_to(daemon, {mine.path, "test-secret"}, body).status == 401);
  BOOST_TEST(post_to(daemon, {"/postback", mine.secret}, body).status == 401);
  BOOST_TEST(post_to(daemon, {"/postback/q/" + std::string(32, '0'), mine.secret}, body).status == 401);
  BOOST_TEST(post_to(daemon, {mine.path + "/", mine.secret}, body).status == 404);
  BOOST_TEST(post_to(daemon, mine, body).status == 200);
  BOOST_TEST(daemon.query("SELECT count(*) FROM v_postbacks") == "1");
}

BOOST_AUTO_TEST_CASE(the_key_survives_a_restart_and_nobody_else_can_read_it)
{
  Daemon daemon;
  const Hooks mine = hooks_of(daemon, "mine");
  daemon.stop();
  daemon.start();
  BOOST_TEST(post_to(daemon, mine, result_of("q-1")).status == 200);
  using std::filesystem::perms;
  BOOST_TEST((std::filesystem::status(daemon.directory() / "query_key").permissions() ==
              (perms::owner_read | perms::owner_write)));
  // No secret is in the store.
  BOOST_TEST(daemon.dump().find(mine.secret) == std::string::npos);
  if (is_on_server()) return;
  BOOST_TEST(read_file(daemon.store()).find(mine.secret) == std::string::npos);
  BOOST_TEST(read_file(daemon.store().string() + "-wal").find(mine.secret) == std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(neighbours)

// SQLite's own busy timeout let a postback wait 7.7 s for a program that registers without a pause.
BOOST_AUTO_TEST_CASE(a_program_that_registers_in_a_tight_loop_does_not_delay_a_postback)
{
  Daemon daemon;
  std::string loop;
  for (int i = 0; i < 40'000; ++i)
    loop += "INSERT INTO queries (query_id) VALUES ('loop-" + std::to_string(i) + "');\n";
  Process neighbour = daemon.start_script(loop);
  BOOST_REQUIRE(
      eventually([&daemon] { return daemon.query("SELECT count(*) > 100 FROM v_queries") == "1"; }));
  std::chrono::steady_clock::duration worst{};
  int meanwhile = 0;
  for (int i = 0; i < 100; ++i) {
    const auto start = std::chrono::steady_clock::now();
    BOOST_REQUIRE(daemon.post(result_of("q-" + std::to_string(i))).status == 200);
    worst = std::max(worst, std::chrono::steady_clock::now() - start);
    meanwhile += neighbour.is_running();
  }
  BOOST_TEST_MESSAGE("worst postback: "
                     << std::chrono::duration_cast<std::chrono::milliseconds>(worst).count() << " ms, "
                     << meanwhile << " of 100 beside the loop");
  BOOST_TEST(meanwhile >= 20);
  BOOST_TEST((worst < std::chrono::seconds(1)));
}

BOOST_AUTO_TEST_CASE(every_result_is_valid_json_whatever_was_received)
{
  Daemon daemon;
  const std::vector<std::string> bodies{
      "{\"QueryId\":\"v-0\",\"Result\":\"S\xE3o\"}",
      "data=%7B%22QueryId%22:%22v-1%22,%22Result%22:%22S%E3o%22%7D",
      "QueryId=v-2&Result=1&Result=2",
      "\xEF\xBB\xBF{\"QueryId\":\"v-3\",\"Result\":[]}",
      "{\"QueryId\":\"v-4\",\"Result\":" + std::string(998, '[') + std::string(998, ']') + "}",
      "{\"QueryId\":\"v-5\",\"Result\":" + std::string(1'500, '[') + std::string(1'500, ']') + "}",
      "{\"QueryId\":\"v-6\",\"Result\":\"x \"y\" z\"}",
      "{\"QueryId\":\"v-7\",\"Result\":\"\\u0000\\ud83d\\ude00\",\"b\":1e308}",
      std::string("{\"QueryId\":\"v-8\",\"Result\":\"\0\"}", 29),
      "{\"QueryId\":\"v-9\",\"Result\":\"\x80\x9F\xFF\"}"};
  for (std::size_t i = 0; i < bodies.size(); ++i) {
    if (i % 2) daemon.ctl({"register", "v-" + std::to_string(i)});
    BOOST_TEST(daemon.post(bodies[i]).status == 200);
    if (i % 2 == 0) daemon.ctl({"register", "v-" + std::to_string(i)});
  }
  BOOST_TEST(daemon.query(std::string("SELECT count(*), ") +
                          (is_on_server() ? "count(json)" : "sum(json_valid(json))") + " FROM v_results") ==
             "7|7");
  BOOST_TEST(
      daemon.query("SELECT count(*) FROM v_postbacks WHERE kind = 'undecodable' AND problem IS NOT NULL") ==
      "3");
}

BOOST_AUTO_TEST_SUITE_END()
