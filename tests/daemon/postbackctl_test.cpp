// postbackctl: without the daemon, and in wrong hands.
#include <boost/test/unit_test.hpp>

#include <algorithm>

#include "base/clock.hpp"
#include "support/daemon.hpp"
#include "text/time.hpp"

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

// Without the daemon it is as with it: the same key has the same URL, and the result that comes there is
// matched.
BOOST_AUTO_TEST_CASE(the_hooks_of_a_known_key_are_the_same_without_the_daemon)
{
  Daemon daemon;
  daemon.stop();
  const std::vector<std::string> with_key{"hooks", "--key", "order-7"};
  const std::string first = daemon.ctl(with_key);
  BOOST_TEST(daemon.ctl(with_key) == first);
  BOOST_TEST(daemon.ctl({"hooks", "--key", "order-8"}) != first);
  const std::string authorized = daemon.ctl({"hooks", "--key", "order-7", "--authorization"});
  const auto url_of = [](const std::string& hooks) { return hooks.substr(0, hooks.find('}')); };
  BOOST_TEST(url_of(authorized) == url_of(first));
  BOOST_TEST(daemon.query("SELECT count(*) FROM v_queries") == "2");
  daemon.ctl({"register", "q-1", "--key", "order-9"}); // it has no URL of its own
  BOOST_TEST(has(
      run({program("postbackctl"), "--config", daemon.configuration().string(), "hooks", "--key", "order-9"}),
      "belongs to a query that has no hooks"));
}

BOOST_AUTO_TEST_CASE(a_delivery_is_shown_whose_query_has_no_query_id)
{
  Daemon daemon;
  daemon.stop();
  daemon.ctl({"hooks", "--label", "order 7"});
  daemon.query(
      "INSERT INTO events (kind, query_row, created_at) SELECT 'overdue', id, created_at FROM queries");
  daemon.query(
      "INSERT INTO deliveries (event_id, handler, created_at) SELECT id, 'h', created_at FROM events "
      "WHERE kind <> 'era'");
  const std::string delivery = daemon.query("SELECT delivery_id FROM v_deliveries");
  BOOST_TEST(daemon.ctl({"show", delivery}).find("order 7") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(results_and_bodies_are_printed_as_they_are)
{
  Daemon daemon;
  const auto code = [&](std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(),
                     {program("postbackctl"), "--config", daemon.configuration().string()});
    return run(arguments).code;
  };
  daemon.ctl({"register", "q-1", "--label", "order 7"});
  BOOST_TEST(code({"result", "q-1"}) == 75);
  BOOST_TEST(code({"result", "nobody"}) == 2);
  const std::string receipt = daemon.post("{\"QueryId\":\"q-1\",\"Result\":[\"a\xe7\xe3o\"]}").receipt();
  BOOST_TEST(daemon.ctl({"result", "q-1"}) == "{\"QueryId\":\"q-1\",\"Result\":[\"ação\"]}\n");
  BOOST_TEST(daemon.ctl({"body", receipt}) == "{\"QueryId\":\"q-1\",\"Result\":[\"a\xe7\xe3o\"]}");
  BOOST_TEST(code({"body", "1"}) == 2);
  BOOST_TEST(daemon.ctl({"show", receipt}).find("label       order 7") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_list_is_short_unless_it_is_asked_for_all)
{
  Daemon daemon;
  // With a deadline to come: the daemon makes others overdue within a second.
  const auto now = postbackd::base::SystemClock().now();
  const std::string created = postbackd::text::format_time(now - std::chrono::hours(72));
  const std::string deadline = postbackd::text::format_time(now + std::chrono::hours(24));
  std::string rows;
  for (int i = 1; i <= 150; ++i)
    rows += (i > 1 ? ", ('q-" : "('q-") + std::to_string(i) + "', " + (i % 50 == 0 ? "'fifty'" : "NULL") +
            ", '" + created + "', '" + deadline + "')";
  daemon.query("INSERT INTO queries (query_id, label, created_at, deadline_at) VALUES " + rows);
  const auto lines = [&](std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), "list");
    const std::string out = daemon.ctl(arguments);
    return std::count(out.begin(), out.end(), '\n');
  };
  BOOST_TEST(lines({}) == 102); // a header, and a line that says so
  BOOST_TEST(lines({"--limit", "0"}) == 151);
  BOOST_TEST(lines({"--limit", "200"}) == 151);
  BOOST_TEST(lines({"--label", "fifty"}) == 4);
  BOOST_TEST(lines({"--since", "1d"}) == 0);
  BOOST_TEST(lines({"--state", "answered"}) == 0);
  BOOST_TEST(lines({"--state", "pending", "--since", "7d", "--limit", "10"}) == 12);
  if (is_on_server()) return; // server/views
  BOOST_TEST(
      daemon.query("EXPLAIN QUERY PLAN SELECT * FROM v_results WHERE label = 'x'").find("queries_by_label") !=
      std::string::npos);
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
  BOOST_TEST(has(ctl({"register", "q 1"}), "without blanks"));
  BOOST_TEST(has(ctl({"register", "q-1", "--label", "a\x1b[31m"}), "--label: expected up to 1024 bytes"));
  BOOST_TEST(has(ctl({"hooks", "--label", std::string(2'000, 'x')}), "--label: expected up to 1024 bytes"));
  BOOST_TEST(has(ctl({"hooks", "--route", "/none"}), "no [[route]] with the path /none"));
  BOOST_TEST(ctl({"list", "--pending", "--overdue"}).code == 64);
  BOOST_TEST(has(ctl({"list", "--state", "happy"}), "'happy' is not a state of a query"));
  BOOST_TEST(has(ctl({"list", "--since", "2026-13-77"}), "'2026-13-77' is not a time"));
  BOOST_TEST(has(ctl({"close", "--reason", "x"}), "give a QueryId, --overdue, --label"));
  BOOST_TEST(ctl({"close", "nobody", "--reason", "x"}).code == 2);
  BOOST_TEST(ctl({}).code == 64);
  daemon.stop();
  if (is_on_server()) return;
  std::filesystem::remove(daemon.store());
  BOOST_TEST(has(ctl({"list"}), "there is no store at"));
}

// Outside of the unit nothing is handed over.
BOOST_AUTO_TEST_CASE(the_password_of_a_database_is_found_where_systemd_finds_it)
{
  if (!is_on_server()) return;
  Daemon daemon;
  std::string text = read_file(daemon.configuration());
  text.insert(text.find("[store]\n") + 8, "password = \"credential:db\"\n");
  daemon.directory().write("postbackd.toml", text);
  const auto list = [&] {
    return run({program("postbackctl"), "--config", daemon.configuration().string(), "list"});
  };
  BOOST_TEST(has(list(), "only systemd hands over"));
  daemon.directory().write("credentials/db", "a secret");
  BOOST_TEST(list().code == 0);
}

BOOST_AUTO_TEST_SUITE_END()
