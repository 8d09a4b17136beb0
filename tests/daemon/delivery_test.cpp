// Results reach handlers, whatever is killed; an operator sees and controls it.
#include <boost/test/unit_test.hpp>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <map>
#include <random>
#include <set>
#include <sstream>
#include <thread>

#include "support/daemon.hpp"
#include "support/machine.hpp"
#include "text/json_document.hpp"

using namespace postbackd::test;
using postbackd::text::JsonDocument;

namespace
{

std::string result_of(const std::string& query_id)
{
  return R"({"QueryId":")" + query_id + R"(","Result":[{"a":1}]})";
}

struct DeliveryFixture {
  TemporaryDirectory directory;

  std::string path(const std::string& name) const { return (directory / name).string(); }
  std::string read(const std::string& name) const
  {
    return std::filesystem::exists(directory / name) ? read_file(directory / name) : "";
  }

  // A handler that runs a script of bash; `$1` is the test's folder.
  std::string exec(const std::string& name, const std::string& script, const std::string& more = "") const
  {
    return "[[handler]]\nname = \"" + name + "\"\nkind = \"exec\"\ncommand = [\"/bin/bash\", \"-c\", '" +
           script + "', \"script\", \"" + directory.path().string() + "\"]\n" + more;
  }

  static bool all_done(const Daemon& daemon, int count)
  {
    return daemon.query("SELECT count(*) FROM v_deliveries WHERE state = 'done'") == std::to_string(count);
  }
};

constexpr auto quick_retry =
    "retry = { first = \"50ms\", factor = 1.0, max = \"50ms\", attempts = 1000000 }\n";

} // namespace

BOOST_FIXTURE_TEST_SUITE(delivery, DeliveryFixture)

BOOST_AUTO_TEST_CASE(a_result_is_delivered_by_exec_and_by_file)
{
  Daemon daemon({.more = exec("crm", "cat > $1/$POSTBACK_QUERY_ID.json") +
                         "[[handler]]\nname = \"log\"\nkind = \"file\"\npath = \"" + path("results") +
                         "\"\n"});
  daemon.query("INSERT INTO queries (query_id, label) VALUES ('q-1', 'mine')");
  daemon.post(result_of("q-1"));
  BOOST_TEST(eventually([&] { return all_done(daemon, 2); }));
  BOOST_TEST(read("q-1.json") == result_of("q-1"));
  BOOST_TEST(read("results").find(R"("label":"mine")") != std::string::npos);
  // A late registration by another program is noticed too.
  daemon.post(result_of("q-2"));
  daemon.query("INSERT INTO queries (query_id) VALUES ('q-2')");
  BOOST_TEST(eventually([&] { return all_done(daemon, 4); }));
  // A repeat is not delivered again, while a later result is.
  daemon.post(result_of("q-2"));
  daemon.query("INSERT INTO queries (query_id) VALUES ('q-3')");
  daemon.post(result_of("q-3"));
  BOOST_TEST(eventually([&] { return all_done(daemon, 6); }));
  BOOST_TEST(daemon.ctl({"show", "q-1"}).find("done") != std::string::npos);
  BOOST_TEST(daemon.ctl({"handlers"}).find("closed") != std::string::npos);
  BOOST_TEST(all_done(daemon, 6));
  BOOST_TEST(daemon.stop() == 0);
}

// Its text may be personal data, in any encoding, or steer a terminal.
BOOST_AUTO_TEST_CASE(what_a_command_says_is_in_the_store_and_not_in_the_log)
{
  Daemon daemon({.more = exec("crm", R"(printf "Jo\\xe3o \\x1b[31m 12345678909" >&2; exit 1)",
                              "circuit = 1\nretry = { attempts = 1 }\n")});
  daemon.query("INSERT INTO queries (query_id, trace) VALUES ('q-1', "
               "'00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01 a=1')");
  daemon.post(result_of("q-1"));
  BOOST_TEST(eventually([&] { return daemon.log().find("event=circuit_open") != std::string::npos; }));
  BOOST_TEST(eventually([&] { return daemon.log().find("event=delivery_dead") != std::string::npos; }));
  BOOST_TEST(daemon.log().find("why=\"exit code 1\"") != std::string::npos, daemon.log());
  BOOST_TEST(daemon.log().find(" trace_id=0af7651916cd43dd8448eb211c80319c ") != std::string::npos);
  BOOST_TEST(daemon.log().find("12345678909") == std::string::npos);
  const std::string kept = "exit code 1: Jo\uFFFDo \x1b[31m 12345678909";
  // The log line may be earlier than the commit.
  BOOST_TEST(eventually([&] { return daemon.query("SELECT detail FROM v_attempts") == kept; }));
  BOOST_TEST(daemon.query("SELECT last_error FROM v_deliveries") == kept);
  BOOST_TEST(daemon.ctl({"show", "q-1"}).find("Jo\uFFFDo \\x1b[31m 1") != std::string::npos);
  BOOST_TEST(daemon.ctl({"deliveries", "--dead"}).find('\x1b') == std::string::npos);
  const auto json = JsonDocument::parse(daemon.ctl({"deliveries", "--dead", "--json"}));
  BOOST_REQUIRE(json.has_value());
}

BOOST_AUTO_TEST_CASE(an_operator_controls_each_delivery)
{
  Daemon daemon(
      {.more =
           exec("crm", "[ -e $1/up ] || { echo down >&2; exit 65; }; echo $POSTBACK_QUERY_ID >> $1/ledger")});
  for (const char* id : {"q-1", "q-2", "q-3"}) {
    daemon.query(std::string("INSERT INTO queries (query_id) VALUES ('") + id + "')");
    daemon.post(result_of(id));
  }
  const auto count = [&](const std::string& state) {
    return daemon.query("SELECT count(*) FROM v_deliveries WHERE state = '" + state + "'");
  };
  BOOST_TEST(eventually([&] { return count("dead") == "3"; }));
  BOOST_TEST(daemon.ctl({"show", "q-2"}).find("exit code 65: down") != std::string::npos);
  BOOST_TEST(daemon.ctl({"deliveries", "--dead", "--json"}).find(R"("query_id":"q-3")") != std::string::npos);
  directory.write("up", "");
  BOOST_TEST(daemon.ctl({"retry", "--dead", "--dry-run"}) == "would be due now: 3\n");
  BOOST_TEST(count("dead") == "3");
  BOOST_TEST(daemon.ctl({"retry", "--query", "q-2"}) == "due now: 1\n");
  BOOST_TEST(eventually([&] { return count("done") == "1"; }));
  BOOST_TEST(read("ledger") == "q-2\n");
  BOOST_TEST(daemon.ctl({"retry", "--dead"}) == "due now: 2\n");
  BOOST_TEST(eventually([&] { return count("done") == "3"; }));
  // Replays past events to a handler.
  BOOST_TEST(daemon.ctl({"replay", "--handler", "crm", "--since", "1h", "--dry-run"}) ==
             "would be replayed: 3\n");
  BOOST_TEST(daemon.ctl({"replay", "--handler", "crm", "--since", "1h"}) == "replayed: 3\n");
  BOOST_TEST(eventually([&] { return read("ledger").size() == 6 * 4; }));
  BOOST_TEST(eventually([&] { return count("done") == "3"; }));
  // Holds, kills and releases deliveries.
  std::filesystem::remove(directory / "up");
  daemon.stop();
  daemon.ctl({"replay", "--handler", "crm", "--since", "1h"});
  BOOST_TEST(daemon.ctl({"hold", "--query", "q-1"}) == "held: 1\n");
  BOOST_TEST(daemon.ctl({"kill", "--query", "q-2"}) == "given up: 1\n");
  BOOST_TEST(daemon.ctl({"release", "--held"}) == "released: 1\n");
  BOOST_TEST(daemon.query(
                 "SELECT group_concat(state) FROM (SELECT state FROM v_deliveries ORDER BY query_id) AS d") ==
             "due,dead,due");
  BOOST_CHECK_THROW(daemon.ctl({"retry"}), std::runtime_error);
  BOOST_CHECK_THROW(daemon.ctl({"replay", "--handler", "nobody", "--since", "1h"}), std::runtime_error);
  BOOST_CHECK_THROW(daemon.ctl({"replay", "--handler", "crm", "--since", "yesterday"}), std::runtime_error);
}

// Killed fifty times while handlers run: each result at least once, always with the same key.
BOOST_AUTO_TEST_CASE(killed_deliveries_run_again_and_none_is_lost)
{
  const int kills = sanitized ? 5 : is_on_server() ? 4 : 50;
  const std::string ledger = path("ledger");
  Daemon daemon(
      {.more = exec(
           "crm",
           "read -r < <(sleep 0.01; echo); echo $POSTBACK_IDEMPOTENCY_KEY $POSTBACK_QUERY_ID >> $1/ledger",
           quick_retry)});
  std::mt19937 random(7);
  int sent = 0;
  for (int i = 0; i < kills; ++i) {
    for (int j = 0; j < 6; ++j, ++sent) {
      const std::string id = "q-" + std::to_string(sent);
      daemon.query("INSERT INTO queries (query_id) VALUES ('" + id + "')");
      BOOST_REQUIRE(daemon.post(result_of(id)).status == 200);
    }
    const std::string before = read("ledger");
    eventually([&] { return read("ledger").size() > before.size(); },
               std::chrono::milliseconds(random() % 60 + 20));
    daemon.kill();
    daemon.start();
  }
  BOOST_TEST(eventually([&] { return all_done(daemon, sent); }, std::chrono::seconds(60)));
  std::map<std::string, std::set<std::string>> keys;
  std::istringstream lines(read("ledger"));
  for (std::string key, id; lines >> key >> id;)
    keys[id].insert(key);
  BOOST_TEST(keys.size() == static_cast<std::size_t>(sent));
  for (const auto& [id, of_query] : keys)
    BOOST_REQUIRE(of_query.size() == 1u);
  BOOST_TEST(daemon.query("SELECT count(*) FROM v_deliveries WHERE state = 'running'") == "0");
  BOOST_TEST_MESSAGE(daemon.query("SELECT count(*) FROM v_attempts")
                     << " attempts for " << sent << " results");
}

BOOST_AUTO_TEST_CASE(a_running_command_dies_with_a_killed_daemon)
{
  const std::string word = "orphan-" + directory.path().filename().string();
  Daemon daemon({.more = exec("crm", "(exec -a " + word + " sleep 300) & (setsid bash -c \"exec -a " + word +
                                         " sleep 300\" &); touch $1/runs; wait")});
  daemon.query("INSERT INTO queries (query_id) VALUES ('q-1')");
  daemon.post(result_of("q-1"));
  BOOST_TEST(eventually([&] { return std::filesystem::exists(directory / "runs"); }));
  daemon.kill();
  BOOST_TEST(eventually([&] { return run({"pgrep", "-f", word}).out.empty(); }));
}

// The backlog of a handler that is down is on disk; when it comes back, everything is delivered, in order if
// that is configured.
BOOST_AUTO_TEST_CASE(a_handler_that_was_down_gets_its_whole_backlog)
{
  constexpr int threads = 8;
  const int each = is_on_server() ? 200 : whole ? 12'500 : 500;
  const int ordered = whole && !is_on_server() ? 2'500 : 200;
  // In memory: this test is not about the handlers' own syncs.
  const std::filesystem::path down = "/dev/shm" / directory.path().filename();
  std::filesystem::create_directory(down);
  const std::string route = "unregistered = \"deliver\"\n";
  const auto file = [&](const std::string& name, const std::string& match, const std::string& more) {
    return "[[handler]]\nname = \"" + name + "\"\nkind = \"file\"\npath = \"" + (down / name).string() +
           "\"\nmatch = { event = \"unmatched\", " + match + " }\n" + quick_retry + more;
  };
  directory.write("secret", "test-secret\n");
  Daemon daemon({.route = route,
                 .more = "[[route]]\npath = \"/ordered\"\npostbacksecret = \"file:" + path("secret") +
                         "\"\n" + route + file("all", "route = \"/postback\"", "concurrency = 16\n") +
                         file("ordered", "route = \"/ordered\"", "order = \"arrival\"\n")});
  std::filesystem::remove(down);
  std::atomic<int> refused = 0;
  {
    std::vector<std::jthread> senders;
    for (int t = 0; t < threads; ++t)
      senders.emplace_back([&, t] {
        RawConnection connection(daemon.port());
        for (int i = 0; i < each; ++i) {
          connection.send(to_bytes({.path = "/postback",
                                    .body = result_of(std::to_string(t) + "-" + std::to_string(i)),
                                    .keep_alive = true}));
          refused += parse_answer(connection.read_answer()).status != 200;
        }
      });
  }
  for (int i = 0; i < ordered; ++i)
    refused +=
        send(daemon.port(), {.path = "/ordered", .body = result_of("o-" + std::to_string(i))}).status != 200;
  BOOST_TEST(refused == 0);
  BOOST_TEST(daemon.query("SELECT count(*) FROM v_deliveries WHERE state = 'done'") == "0");
  BOOST_TEST(daemon.ctl({"handlers"}).find("open") != std::string::npos);
  std::filesystem::create_directory(down);
  const int total = threads * each + ordered;
  BOOST_TEST(eventually([&] { return all_done(daemon, total); }, std::chrono::seconds(200)));
  const long peak = status_of(daemon.pid(), "VmHWM");
  BOOST_TEST_MESSAGE(total << " delivered, peak " << peak / 1024 << " MiB");
  if (!sanitized) BOOST_TEST(peak < 100 * 1024);
  std::ifstream lines(down / "ordered");
  int next = 0;
  for (std::string line; std::getline(lines, line); ++next)
    BOOST_REQUIRE(line.find("\"query_id\":\"o-" + std::to_string(next) + "\"") != std::string::npos);
  BOOST_TEST(next == ordered);
  std::filesystem::remove_all(down);
  BOOST_TEST(daemon.stop() == 0);
}

// Every handler is broken, and receiving continues.
BOOST_AUTO_TEST_CASE(broken_handlers_do_not_hinder_receiving)
{
  Daemon daemon({.limits = "stop_timeout = \"200ms\"\n",
                 .more = exec("hangs", "trap \"\" TERM; sleep 300", "timeout = \"300s\"\n") +
                         exec("crashes", "kill -SEGV $$", quick_retry) +
                         exec("lies", "echo done; exit 99", quick_retry)});
  for (int i = 0; i < 50; ++i) {
    const std::string id = "q-" + std::to_string(i);
    daemon.query("INSERT INTO queries (query_id) VALUES ('" + id + "')");
    const auto start = std::chrono::steady_clock::now();
    BOOST_REQUIRE(daemon.post(result_of(id)).status == 200);
    BOOST_TEST((std::chrono::steady_clock::now() - start < std::chrono::seconds(1)));
  }
  BOOST_TEST(eventually([&] {
    return daemon.query("SELECT count(*) FROM v_deliveries WHERE handler = 'hangs' AND state = 'running'") ==
           "4";
  }));
  BOOST_TEST(daemon.stop() == 0);
  BOOST_TEST(daemon.query("SELECT count(*) FROM v_deliveries WHERE state = 'running'") == "0");
}

BOOST_AUTO_TEST_SUITE_END()
