// A store that moves between a file and a database while the daemon receives.
#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <atomic>
#include <random>
#include <signal.h>
#include <thread>

#include "daemon/receiving.hpp"
#include "support/machine.hpp"
#include "support/postgresql_server.hpp"

using namespace postbackd::test;

namespace
{

// A daemon, a service manager that starts it again, and a sender that sends each result until it gets a 200.
struct Move {
  PostgresqlServer& server = PostgresqlServer::of_program();
  std::string url = server.new_database();
  TemporaryDirectory directory;
  std::string handlers =
      "[[handler]]\nname = \"log\"\nkind = \"file\"\npath = \"" + (directory / "results").string() +
      "\"\n[[handler]]\nname = \"bad\"\nkind = \"exec\"\ncommand = [\"/bin/false\"]\nretry = { "
      "attempts = 1 }\n";
  Daemon daemon{{.more = handlers + "[api]\naudit = \"90d\"\n"}};
  std::atomic<bool> stopping = false;
  std::atomic<int> sent = 0;
  std::string trouble; // of the sender, once it has ended
  std::chrono::steady_clock::duration longest{};
  std::jthread sender;

  ~Move() { stopping = true; }

  std::vector<std::string> command(const std::string& to) const
  {
    return {program("postbackctl"), "--config", daemon.configuration().string(), "store", "move", "--to", to};
  }
  std::string psql(const std::string& sql) const
  {
    return server.psql(url + "&options=-csearch_path%3Dpostbackd", sql);
  }
  std::string in_file(const std::string& sql, const std::string& name = "store.sqlite3") const
  {
    std::string rows = run({"sqlite3", (daemon.folder() / name).string(), sql}).out;
    while (rows.ends_with('\n'))
      rows.pop_back();
    return rows;
  }

  // As systemd does.
  bool start()
  {
    try {
      daemon.start();
      return true;
    } catch (const std::exception& e) {
      trouble = e.what();
      return false;
    }
  }
  void begin_to_send()
  {
    sender = std::jthread([this] {
      for (; !stopping; ++sent) {
        const auto begin = std::chrono::steady_clock::now();
        while (!stopping && !is_kept(result_of("load-" + std::to_string(sent)))) {
          if (!daemon.is_running() && !start()) return;
          yield_to_others();
        }
        longest = std::max(longest, std::chrono::steady_clock::now() - begin);
      }
    });
  }
  void stop_sending()
  {
    stopping = true;
    sender.join();
    stopping = false;
    BOOST_REQUIRE_MESSAGE(trouble.empty(), trouble);
  }
  bool is_kept(const std::string& body) const
  {
    try {
      return daemon.post(body).status == 200;
    } catch (const std::exception&) { // nobody listens, or the connection ended
      return false;
    }
  }
  // What each view of a user has.
  void fill()
  {
    for (int i = 0; i < 40; ++i) {
      const std::string id = "q-" + std::to_string(i);
      daemon.ctl({"register", id, "--label", "caf\xc3\xa9 '" + std::to_string(i), "--deadline",
                  i < 30 ? "10m" : "1ms"});
      if (i % 3 != 2) daemon.post(result_of(id));
      if (i % 5 == 0) daemon.post(result_of(id)), daemon.post("{\"QueryId\":\"" + id + "\",\"Result\":[2]}");
    }
    daemon.post(R"({"QueryId":"large","Result":[")" + std::string(5 << 20, 'x') + "\"]}");
    daemon.post("{\"QueryId\":\"latin\",\"Result\":\"S\xE3o\"}");
    daemon.post("\x80\xFF");
    send(daemon.port(), {.body = "{}", .fields = {"Postbacksecret: wrong"}});
    daemon.ctl({"erase", "--query", "q-1"});
    daemon.ctl({"close", "q-2", "--reason", "it's over"});
    BOOST_REQUIRE(eventually([&] { return in_file("SELECT count(*) FROM v_dead") != "0"; }));
  }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(move, Move)

BOOST_AUTO_TEST_CASE(twenty_kills_in_the_middle_lose_nothing_there_and_back)
{
  fill();
  begin_to_send();
  std::mt19937 random(7);
  for (const auto& to : {url, std::string("back.sqlite3")}) {
    const int kills = sanitized ? 3 : 20;
    for (int i = 0; i < kills; ++i) {
      Process interrupted(command(to), {.output = directory / "killed"});
      // Not for an event: it is the moment of the kill.
      std::this_thread::sleep_for(std::chrono::milliseconds(random() % 400));
      interrupted.send_signal(SIGKILL);
      interrupted.wait();
    }
    const Output moved = run(command(to));
    BOOST_REQUIRE_MESSAGE(moved.code == 0, moved.out);
    BOOST_TEST_MESSAGE(moved.out);
    const int before = sent;
    if (!eventually([&] { return sent > before + 20; }, std::chrono::seconds(60))) {
      stop_sending(); // says why
      BOOST_FAIL("nothing is kept after the move");
    }
  }
  stop_sending();
  // Less than 5 s, of which the most is a start of the daemon; longer where that alone takes long.
  const auto begin = std::chrono::steady_clock::now();
  daemon.kill();
  daemon.start();
  BOOST_REQUIRE(daemon.post(result_of("restarted")).status == 200);
  const auto restart = std::chrono::steady_clock::now() - begin;
  if (!sanitized)
    BOOST_TEST(
        (longest < std::max<std::chrono::steady_clock::duration>(std::chrono::seconds(5), 5 * restart)));
  BOOST_TEST(daemon.log().find("the store has moved") != std::string::npos);
  BOOST_TEST(run({program("postbackctl"), "--config", daemon.configuration().string(), "verify"}).code == 0);
  const auto count = [this](const std::string& what) { return in_file("SELECT " + what, "back.sqlite3"); };
  BOOST_TEST(count("count(*) FROM v_postbacks WHERE query_id LIKE 'load-%'") == std::to_string(sent));
  BOOST_TEST(count("count(DISTINCT query_id) FROM v_postbacks WHERE query_id LIKE 'load-%'") ==
             std::to_string(sent));
  // The places before it take nothing, from nobody.
  BOOST_TEST(in_file("INSERT INTO queries (query_id) VALUES ('x')").find("this store has moved to") !=
             std::string::npos);
  BOOST_CHECK_THROW(psql("INSERT INTO queries (query_id) VALUES ('x')"), std::runtime_error);
}

// By the eyes of a user, at rest.
BOOST_AUTO_TEST_CASE(each_row_is_the_same_and_numbers_go_on)
{
  fill();
  BOOST_TEST(daemon.stop() == 0);
  const std::string views[] = {
      "SELECT query_id, label, state, receipt, reason, erased_at IS NOT NULL FROM v_queries ORDER BY "
      "query_id",
      "SELECT receipt, query_id, kind, status, bytes, repeats, problem FROM v_postbacks ORDER BY receipt",
      "SELECT seq, event, query_id, label, receipt FROM v_events ORDER BY seq",
      "SELECT delivery_id, handler, event, state, attempts, last_error FROM v_deliveries ORDER BY "
      "delivery_id",
      "SELECT reason, count FROM v_refusals ORDER BY reason",
      "SELECT reason, queries, postbacks, who FROM v_erasures ORDER BY erased_at",
      "SELECT client, action, query FROM v_audit ORDER BY at, query",
      "SELECT day, registered, results, extras, unmatched, repeats, bytes FROM v_stats ORDER BY day"};
  std::vector<std::string> before;
  for (const std::string& view : views)
    before.push_back(in_file(view));
  const std::string last = in_file("SELECT max(seq) FROM v_events");
  for (const auto& to : {url, std::string("back.sqlite3")}) {
    BOOST_REQUIRE(run(command(to)).code == 0);
    for (std::size_t i = 0; i < before.size(); ++i)
      BOOST_TEST(before[i] == (to == url ? as_by_sqlite3(psql(views[i])) : in_file(views[i], to)), views[i]);
  }
  daemon.start();
  BOOST_REQUIRE(daemon.post(result_of("q-2")).status == 200); // it was closed
  const auto next = [&] {
    return in_file("SELECT min(seq) FROM v_events WHERE seq > " + last, "back.sqlite3");
  };
  BOOST_TEST(next() == std::to_string(std::stoll(last) + 1));
}

// It writes nothing as long as nothing comes, and what comes is elsewhere.
BOOST_AUTO_TEST_CASE(a_worker_without_work_hears_of_it)
{
  Daemon::Options options{.more = handlers + "[process]\nroles = [\"deliver\"]\n"};
  options.folder = daemon.folder();
  Daemon worker(options);
  BOOST_REQUIRE(daemon.post(result_of("q-1")).status == 200);
  BOOST_TEST(daemon.stop() == 0);
  in_file("INSERT INTO queries (query_id) VALUES ('q-1')");
  BOOST_REQUIRE(eventually([&] { // it has led, and done all there is
    return in_file(
               "SELECT group_concat(state, ' ') FROM (SELECT state FROM v_deliveries ORDER BY handler)") ==
           "dead done";
  }));
  BOOST_REQUIRE(run(command(url)).code == 0);
  BOOST_TEST(eventually([&] { return !worker.is_running(); }));
  BOOST_TEST(worker.log().find("this store has moved to") != std::string::npos);
  worker.start();
  BOOST_REQUIRE(run(command("back.sqlite3")).code == 0);
  BOOST_TEST(eventually([&] { return !worker.is_running(); }));
}

BOOST_AUTO_TEST_SUITE_END()
