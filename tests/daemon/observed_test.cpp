// What is silent is told: by status, by alerts that handlers are given, and in the file; and what an operator
// does about it.
#include <fstream>

#include "daemon/configuration_fixture.hpp"

using namespace postbackd::test;

namespace
{

struct Observed : ConfigurationFixture {
  std::string path(const std::string& name) const { return (directory / name).string(); }
  std::string admin() const { return "[admin]\nsocket = \"" + path("admin.sock") + "\"\n"; }
  std::string pager(const std::string& name = "pager") const
  {
    return "[[handler]]\nname = \"" + name + "\"\nkind = \"file\"\npath = \"" + path(name) +
           "\"\nmatch = { event = \"alert\" }\n";
  }
  static std::string crm(const std::string& command)
  {
    return "[[handler]]\nname = \"crm\"\nkind = \"exec\"\ncommand = [\"" + command +
           "\"]\ncircuit = 1\nretry = { first = \"50ms\", max = \"50ms\" }\n";
  }
  static Output status(const Daemon& daemon)
  {
    return run({program("postbackctl"), "--config", daemon.configuration().string(), "status", "--check"});
  }
  static bool tells(const Daemon& daemon, const std::string& what)
  {
    return eventually([&] { return has(status(daemon), what); });
  }
  bool has_page(const std::string& what, const std::string& name = "pager") const
  {
    return eventually([&] { return read_file(directory / name).find(what) != std::string::npos; });
  }
  static void configure(const Daemon& daemon, const std::string& from, const std::string& to)
  {
    std::string text = read_file(daemon.configuration());
    const std::size_t at = text.find(from);
    BOOST_REQUIRE(at != text.npos);
    std::ofstream(daemon.configuration()) << text.replace(at, from.size(), to);
  }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(observed, Observed)

BOOST_AUTO_TEST_CASE(results_that_are_refused_are_told_kept_by_day_and_paged_once)
{
  Daemon daemon({.more = admin() + pager()});
  BOOST_TEST(status(daemon).out == "POSTBACKD OK: all is well\n");
  for (int i = 0; i < 30; ++i)
    BOOST_TEST(send(daemon.port(), {.body = "{}", .fields = {"Postbacksecret: wrong"}}).status == 401);
  const Output told = status(daemon);
  BOOST_TEST(told.code == 1);
  BOOST_TEST(has(told, "(401) in the last 15 minutes: 30, the last one from 127.0.0.1 to /postback"),
             told.out);
  BOOST_TEST(has_page(R"("Name":"refused_unauthorized","State":"began")"));
  BOOST_TEST(eventually([&] {
    return daemon.query("SELECT reason, remote, path, count FROM v_refusals") ==
           "unauthorized|127.0.0.1|/postback|30";
  }));
  const std::string report = daemon.ctl({"report", "--day", "today"});
  BOOST_TEST(report.find("30 × unauthorized from 127.0.0.1 /postback") != std::string::npos, report);
  BOOST_TEST(daemon.query("SELECT count(*) FROM v_deliveries WHERE event = 'alert'") == "1");
}

BOOST_AUTO_TEST_CASE(a_handler_that_cannot_run_keeps_nobody_from_receiving_and_runs_once_it_can)
{
  Daemon daemon({.more = admin() + pager() + crm(path("tool"))});
  BOOST_TEST(tells(daemon, "the handler crm cannot run: mend it"));
  BOOST_TEST(has(status(daemon), path("tool")), status(daemon).out); // why
  daemon.ctl({"register", "q-1"});
  BOOST_TEST(daemon.post(R"({"QueryId":"q-1","Result":[1]})").status == 200);
  BOOST_TEST(eventually([&] {
    return daemon.query("SELECT last_error FROM v_deliveries WHERE handler = 'crm'").find("cannot run") !=
           std::string::npos;
  }));
  BOOST_TEST(daemon.query("SELECT circuit FROM v_handlers WHERE name = 'crm'") == "open");
  BOOST_TEST(has_page(R"("Name":"handler","State":"began","Handler":"crm")"));
  directory.write("tool", "#!/bin/sh\nexit 0\n");
  std::filesystem::permissions(directory / "tool", std::filesystem::perms(0755));
  BOOST_TEST(eventually(
      [&] { return daemon.query("SELECT state FROM v_deliveries WHERE handler = 'crm'") == "done"; }));
  BOOST_TEST(eventually([&] { return !has(status(daemon), "cannot run"); }));
}

BOOST_AUTO_TEST_CASE(no_handler_is_given_an_alert_about_itself)
{
  const std::string failing = "[[handler]]\nname = \"crm\"\nkind = \"exec\"\ncommand = "
                              "[\"/bin/false\"]\nmatch = { event = [\"alert\", "
                              "\"result\"] }\nretry = { attempts = 1 }\n";
  Daemon daemon({.more = admin() + pager() + failing});
  daemon.ctl({"register", "q-1"});
  daemon.post(R"({"QueryId":"q-1","Result":[1]})");
  BOOST_TEST(has_page(R"("Name":"dead","State":"began","Handler":"crm")"));
  BOOST_TEST(daemon.query("SELECT count(*) FROM v_deliveries WHERE handler = 'crm' AND event = 'alert'") ==
             "0");
  // Its end is known: nobody is asked to look again.
  BOOST_TEST(has(status(daemon), "dead deliveries to crm: 1"));
  BOOST_TEST(daemon.ctl({"kill", "--dead", "--handler", "crm", "--reason", "a test"}) == "given up: 1\n");
  BOOST_TEST(eventually([&] { return status(daemon).out == "POSTBACKD OK: all is well\n"; }));
  BOOST_TEST(daemon.query("SELECT state, reason FROM v_deliveries WHERE handler = 'crm'") == "dead|a test");
  for (const std::vector<std::string>& which :
       {std::vector<std::string>{"--dead"}, {"--handler", "crm"}, {"--all"}}) {
    std::vector<std::string> command{program("postbackctl"), "--config", daemon.configuration().string(),
                                     "retry"};
    command.insert(command.end(), which.begin(), which.end());
    BOOST_TEST(run(command).code == 2, which.front());
  }
  BOOST_TEST(daemon.ctl({"retry", "--query", "q-1"}) == "due now: 1\n"); // by name
}

BOOST_AUTO_TEST_CASE(a_restart_that_is_needed_and_a_credential_that_is_not_loaded_are_told)
{
  Daemon daemon({.more = admin() + "[queries]\ndeadline = \"10m\"\n"});
  configure(daemon, "deadline = \"10m\"", "deadline = \"20m\"");
  daemon.hang_up();
  BOOST_TEST(tells(daemon, "these tables changed and need a restart: [queries]"));
  daemon.directory().write("secret", "another-secret-of-the-sender\n");
  BOOST_TEST(tells(daemon, "[[route]] postbacksecret: its file has changed"));
  daemon.hang_up();
  BOOST_TEST(eventually([&] { return !has(status(daemon), "its file has changed"); }));
  BOOST_TEST(send(daemon.port(), {.body = "{}", .fields = {"Postbacksecret: another-secret-of-the-sender"}})
                 .status == 200);
}

BOOST_AUTO_TEST_CASE(a_broken_file_takes_no_tool_from_whoever_is_on_call)
{
  Daemon daemon({.more = admin()});
  daemon.ctl({"register", "q-1"});
  configure(daemon, "[limits]\n", "[limits]\nbdy = \"1MiB\"\n");
  const Output told = status(daemon);
  BOOST_TEST(told.code == 1);
  BOOST_TEST(has(told, "the configuration is wrong, and the next start would fail"), told.out);
  BOOST_TEST(has(told, "bdy"), told.out);
  const Output listed = run({program("postbackctl"), "--config", daemon.configuration().string(), "list"});
  BOOST_TEST(listed.code == 0, listed.out);
  BOOST_TEST(has(listed, "q-1"), listed.out);
  const Output changed =
      run({program("postbackctl"), "--config", daemon.configuration().string(), "retry", "--all"});
  BOOST_TEST(changed.code == 78, changed.out);  // who changes something knows what he has
  configure(daemon, "[limits]\n", "[limits\n"); // nothing of it can be read, but where the store is
  BOOST_TEST(has(run({program("postbackctl"), "--config", daemon.configuration().string(), "list"}), "q-1"));
}

BOOST_AUTO_TEST_CASE(a_daemon_that_does_not_answer_is_told_with_the_reason)
{
  Daemon daemon({.more = admin()});
  daemon.stop();
  std::filesystem::remove(daemon.store());
  const Output told = status(daemon);
  BOOST_TEST(told.code == 2);
  BOOST_TEST(has(told, "the daemon does not answer"), told.out);
  BOOST_TEST(has(told, "restore FILE"), told.out);
}

// Who may read the store, and not write it.
BOOST_AUTO_TEST_CASE(members_of_the_group_operate_over_the_socket, *boost::unit_test::precondition(as_root))
{
  Daemon daemon({.more = admin() + "[api]\nsocket = \"" + path("api.sock") + "\"\n" +
                         "[[handler]]\nname = \"down\"\nkind = \"http\"\nurl = \"http://127.0.0.1:1/\"\n"});
  for (const char* id : {"q-1", "q-2"})
    daemon.ctl({"register", id, "--deadline", "1ms"});
  daemon.post(R"({"QueryId":"q-1","Result":[1]})");
  BOOST_TEST(eventually([&] { return daemon.query("SELECT count(*) FROM v_deliveries") == "1"; }));
  std::filesystem::permissions(directory / "", std::filesystem::perms(0755));
  std::filesystem::permissions(daemon.directory() / "", std::filesystem::perms(0755));
  for (const char* suffix : {"", "-wal", "-shm"})
    std::filesystem::permissions(daemon.store().string() + suffix, std::filesystem::perms(0644));
  for (const auto& file : {daemon.configuration(), daemon.directory() / "conf.d"})
    std::filesystem::permissions(file, std::filesystem::perms(0755));
  std::filesystem::permissions(daemon.directory() / "conf.d/test.toml", std::filesystem::perms(0644));
  std::filesystem::permissions(directory / "api.sock", std::filesystem::perms(0666));
  const auto copy = directory / "postbackctl"; // the user nobody may have no access to the build
  std::filesystem::copy_file(program("postbackctl"), copy);
  const auto ctl = [&](std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), {copy.string(), "--config", daemon.configuration().string()});
    return run(arguments, {.as_nobody = true}).out;
  };
  BOOST_TEST(ctl({"hold", "--all"}) == "held: 1\n");
  BOOST_TEST(ctl({"release", "--all"}) == "released: 1\n");
  BOOST_TEST(ctl({"retry", "--handler", "down"}) == "due now: 1\n");
  BOOST_TEST(ctl({"kill", "--all", "--reason", "by a member"}) == "given up: 1\n");
  BOOST_TEST(eventually([&] { return ctl({"list", "--overdue"}).find("q-2") != std::string::npos; }));
  BOOST_TEST(ctl({"close", "--overdue", "--reason", "by a member"}) == "closed: 1\n");
  BOOST_TEST(daemon.query("SELECT state, reason FROM v_queries WHERE query_id = 'q-2'") ==
             "closed|by a member");
}

BOOST_AUTO_TEST_SUITE_END()
