// The operator's view: health, readiness, metrics, status.
#include <boost/test/unit_test.hpp>

#include <filesystem>

#include "base/clock.hpp"
#include "support/daemon.hpp"
#include "support/machine.hpp"
#include "text/time.hpp"

using namespace postbackd::test;

namespace
{

struct AdminFixture {
  TemporaryDirectory directory;
  std::string socket = (directory / "admin.sock").string();
  Daemon daemon{{.limits = "free_space = \"1MiB\"\n", .more = "[admin]\nsocket = \"" + socket + "\"\n"}};

  Output get(const std::string& path) const
  {
    return run({"curl", "-sS", "--max-time", "20", "-w", "\n%{http_code}", "--unix-socket", socket,
                "http://admin" + path});
  }

  // Returns a sample, read by the Prometheus project's own parser.
  std::string sample(const std::string& name, const std::string& labels = "{}") const
  {
    const Output text = get("/metrics");
    directory.write("metrics", text.out.substr(0, text.out.rfind("\n")));
    directory.write(
        "parse.py",
        "import json, sys\n"
        "from prometheus_client.parser import text_string_to_metric_families as parse\n"
        "wanted = json.loads(sys.argv[3])\n"
        "for family in parse(open(sys.argv[1]).read()):\n"
        "    assert family.documentation and family.type != 'unknown', family\n"
        "    for s in family.samples:\n"
        "        if s.name == sys.argv[2] and s.labels == wanted: print(format(s.value, 'g'), end='')\n");
    return run({"/usr/bin/python3", (directory / "parse.py").string(), (directory / "metrics").string(), name,
                labels})
        .out;
  }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(admin, AdminFixture)

BOOST_AUTO_TEST_CASE(the_metrics_count_what_was_sent)
{
  const auto day = [now = postbackd::base::SystemClock().now()](int from_now) {
    return "'" + postbackd::text::format_time(now + std::chrono::hours(24 * from_now)) + "'";
  };
  daemon.query("INSERT INTO queries (query_id, created_at, deadline_at) VALUES ('q-1', " + day(-2) + ", " +
               day(-1) + "), ('q-2', " + day(-2) + ", " + day(1) + "), ('q-3', " + day(-2) + ", " + day(-1) +
               ")");
  const std::string result = R"({"QueryId":"q-1","Result":[1]})";
  daemon.post(result);
  daemon.post(result);
  daemon.post(R"({"QueryId":"q-1","Result":[2]})");
  daemon.post(R"({"QueryId":"q-2","Result":[],"Status":{"hooks":[{"Code":-1212}]}})");
  for (int i = 0; i < 4; ++i)
    daemon.post(R"({"QueryId":"unregistered-)" + std::to_string(i) + "\"}");
  daemon.post("???");
  for (int i = 0; i < 3; ++i)
    send(daemon.port(), {.body = "{}", .fields = {}});
  send(daemon.port(), {.path = "/nowhere", .body = "{}"});
  const auto kind = [this](const std::string& name) {
    return sample("postbackd_postbacks_total", R"({"route":"/postback","kind":")" + name + "\"}");
  };
  BOOST_TEST(kind("result") == "1");
  BOOST_TEST(kind("repeat") == "1");
  BOOST_TEST(kind("extra") == "1");
  BOOST_TEST(kind("notice") == "1");
  BOOST_TEST(kind("unmatched") == "4");
  BOOST_TEST(kind("undecodable") == "1");
  BOOST_TEST(sample("postbackd_refused_total", R"({"reason":"unauthorized"})") == "3");
  BOOST_TEST(sample("postbackd_refused_total", R"({"reason":"not_found"})") == "1");
  BOOST_TEST(sample("postbackd_refused_total", R"({"reason":"store"})") == "0");
  BOOST_TEST(sample("postbackd_queries_pending") == "2");
  BOOST_TEST(sample("postbackd_queries_overdue") == "1");
  BOOST_TEST(std::stod(sample("postbackd_oldest_pending_seconds")) > 86'400);
  // Two scrapes: a commit may come between them.
  BOOST_TEST(eventually(
      [this] { return sample("postbackd_commit_seconds_count") == sample("postbackd_group_size_count"); }));
  BOOST_TEST(std::stod(sample("postbackd_group_size_sum")) >= 9);
  BOOST_TEST(std::stod(sample("postbackd_sync_seconds_sum")) > 0);
  BOOST_TEST(eventually([this] {
    return sample("postbackd_sync_seconds_bucket", R"({"le":"+Inf"})") ==
           sample("postbackd_sync_seconds_count");
  }));
  BOOST_TEST(eventually([this] { // a commit may come between
    if (is_on_server()) return sample("postbackd_wal_bytes") == "0";
    return std::stod(sample("postbackd_wal_bytes")) ==
           static_cast<double>(std::filesystem::file_size(daemon.store().string() + "-wal"));
  }));
  BOOST_TEST(std::stod(sample("postbackd_database_bytes")) > 0);
  BOOST_TEST(std::stod(sample("postbackd_free_bytes")) > 0);
  BOOST_TEST(sample("postbackd_queue_depth") == "0");
}

BOOST_AUTO_TEST_CASE(health_and_readiness_are_different)
{
  BOOST_TEST(get("/healthz").out == "{\"healthy\":true}\n200");
  BOOST_TEST(eventually([&] { return get("/readyz").out == "{\"ready\":true}\n200"; }));
  const auto health = [this] {
    return run({program("postbackctl"), "--config", daemon.configuration().string(), "healthcheck"});
  };
  BOOST_TEST(health().code == 0);
  BOOST_TEST(get("/nowhere").out.ends_with("404"));
  BOOST_TEST(run({"curl", "-sS", "-I", "--unix-socket", socket, "http://admin/healthz"})
                 .out.starts_with("HTTP/1.1 200"));
  BOOST_TEST(run({"curl", "-sS", "-o", "/dev/null", "-w", "%{http_code}", "-d", "x", "--unix-socket", socket,
                  "http://admin/metrics"})
                 .out == "405");
  // A floor that no disk has.
  const std::string text = read_file(daemon.configuration());
  daemon.directory().write("postbackd.toml", std::string(text).replace(text.find("1MiB"), 4, "1000GiB"));
  daemon.hang_up();
  BOOST_TEST(eventually([&] { return get("/readyz").out.ends_with("503"); }));
  BOOST_TEST(get("/healthz").out.ends_with("200"));
  const Output ill = health();
  BOOST_TEST((ill.code == 1 && ill.out.find("postbackctl: not ready: ") != std::string::npos), ill.out);
  BOOST_TEST(daemon.post("{}").status == 503);
  BOOST_CHECK_EXCEPTION(daemon.ctl({"status"}), std::runtime_error, [](const std::runtime_error& e) {
    return std::string(e.what()).find("ready        NO\nproblems     CRITICAL: not ready: ") !=
           std::string::npos;
  });
  daemon.directory().write("postbackd.toml", text);
  daemon.hang_up();
  BOOST_TEST(eventually([&] { return get("/readyz").out.ends_with("200"); }));
}

BOOST_AUTO_TEST_CASE(a_locked_store_is_not_ready)
{
  Daemon locked({.more = "[admin]\nport = 0\n"});
  const std::string log = locked.log();
  const std::string port = log.substr(log.find("port=", log.find("event=admin")) + 5, 5);
  const std::string url = "http://127.0.0.1:" + std::to_string(std::stoi(port)) + "/readyz";
  const auto code = [&url] { return run({"curl", "-sS", "-o", "/dev/null", "-w", "%{http_code}", url}).out; };
  BOOST_TEST(code() == "200");
  Process holder = locked.hold();
  BOOST_TEST(eventually([&] { return code() == "503"; }));
  const auto before = std::chrono::steady_clock::now();
  BOOST_TEST(code() == "503");
  BOOST_TEST((std::chrono::steady_clock::now() - before < std::chrono::seconds(3))); // busy_timeout is 5
  holder.send_signal(9);
  holder.wait();
  BOOST_TEST(eventually([&] { return code() == "200"; }));
}

BOOST_AUTO_TEST_CASE(postbackctl_prints_the_status_for_people)
{
  daemon.post("{}");
  const std::string status = daemon.ctl({"status"});
  for (const char* line :
       {"ready        yes\n", "problems     none\n", "version      ",
        "receiving    127.0.0.1:", "queries      0 pending, 0 overdue, 0 lost",
        "received     unmatched /postback ", "refused      none since the start\n", "store "})
    BOOST_TEST(status.find(line) != std::string::npos, line << " in:\n" << status);
  BOOST_TEST(daemon.ctl({"status", "--json"}).find("\"received\":{\"unmatched /postback\":1}") !=
             std::string::npos);
  Daemon without;
  BOOST_CHECK_EXCEPTION(without.ctl({"status"}), std::runtime_error, [](const std::runtime_error& e) {
    return std::string(e.what()).find("no [admin] socket or port") != std::string::npos;
  });
  daemon.kill();
  BOOST_CHECK_EXCEPTION(daemon.ctl({"status"}), std::runtime_error, [](const std::runtime_error& e) {
    return std::string(e.what()).find("does not answer") != std::string::npos;
  });
}

BOOST_AUTO_TEST_CASE(a_monitoring_system_gets_one_line_and_a_code)
{
  const std::string text = read_file(daemon.configuration());
  const auto good = daemon.directory().write("good.toml", text);
  const auto check = [&good] {
    return run({program("postbackctl"), "--config", good.string(), "status", "--check"});
  };
  Output output = check();
  BOOST_TEST(output.code == 0);
  BOOST_TEST(output.out == "POSTBACKD OK: all is well\n");
  daemon.ctl({"register", "q-1", "--deadline", "1ms"});
  BOOST_TEST(eventually([&] { return check().code == 1; }));
  BOOST_TEST(check().out.starts_with("POSTBACKD WARNING: overdue queries: 1 (postbackctl list --overdue"));
  daemon.ctl({"close", "q-1", "--reason", "a test"});
  BOOST_TEST(eventually([&] { return check().code == 0; })); // figures may be old by twenty times their cost
  daemon.directory().write("postbackd.toml", text + "[wrong]\n");
  daemon.hang_up();
  BOOST_TEST(
      eventually([&] { return check().out.find("WARNING: the last reload failed, ") != std::string::npos; }));
  BOOST_TEST(sample("postbackd_last_reload_successful") == "0");
  daemon.directory().write("postbackd.toml", text);
  daemon.kill();
  output = check();
  BOOST_TEST(output.code == 2);
  BOOST_TEST(output.out.starts_with("POSTBACKD CRITICAL: the daemon does not answer"), output.out);
}

BOOST_AUTO_TEST_CASE(a_port_and_a_socket_are_served_together_and_only_the_socket_has_queries)
{
  const std::string both = (directory / "both.sock").string();
  Daemon other({.more = "[admin]\nsocket = \"" + both + "\"\nport = 0\naddress = \"127.0.0.1\"\n"});
  const std::string log = other.log();
  const std::string port = log.substr(log.find("port=", log.find("event=admin address")) + 5, 5);
  const std::string url = "http://127.0.0.1:" + std::to_string(std::stoi(port));
  const auto code = [](std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), {"curl", "-sS", "-o", "/dev/null", "-w", "%{http_code}"});
    return run(arguments).out;
  };
  BOOST_TEST(code({url + "/metrics"}) == "200");
  BOOST_TEST(code({"--unix-socket", both, "http://admin/readyz"}) == "200");
  BOOST_TEST(code({"-d", "{}", url + "/v1/queries"}) == "404");
  BOOST_TEST(code({"-d", "{}", "--unix-socket", both, "http://admin/v1/queries"}) == "404"); // [api] has them
}

BOOST_AUTO_TEST_CASE(the_socket_belongs_to_owner_and_group_and_is_replaced_after_a_crash)
{
  const auto mode = std::filesystem::status(socket).permissions();
  BOOST_TEST(static_cast<int>(mode) == 0660);
  daemon.kill();
  daemon.start();
  BOOST_TEST(get("/healthz").out.ends_with("200"));
  // Only a socket is ever replaced.
  daemon.directory().write("precious", "of somebody else");
  BOOST_CHECK_THROW(
      Daemon({.more = "[admin]\nsocket = \"" + (daemon.directory() / "precious").string() + "\"\n"}),
      std::runtime_error);
  BOOST_TEST(read_file(daemon.directory() / "precious") == "of somebody else");
  // And not the socket of a running daemon.
  BOOST_CHECK_EXCEPTION(Daemon({.more = "[admin]\nsocket = \"" + socket + "\"\n"}), std::runtime_error,
                        [](const std::runtime_error& e) {
                          return std::string(e.what()).find("another program has it") != std::string::npos;
                        });
  BOOST_TEST(daemon.stop() == 0);
}

BOOST_AUTO_TEST_SUITE_END()
