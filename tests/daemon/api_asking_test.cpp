// Over the API: many queries in one request, groups, budgets, taking back (docs/api.md).
#include <sstream>

#include "daemon/api_fixture.hpp"
#include "support/listening_socket.hpp"
#include "support/simulator.hpp"

using namespace postbackd::test;

namespace
{

struct AskingFixture : ApiFixture {
  Simulator simulator;
  ListeningSocket socket;
  const std::string asker = "token-0123456789-of-asker";
  const std::string buyer = "token-0123456789-of-buyer";

  AskingFixture() { start_slow("rate = 100000.0\n"); }

  void start_slow(const std::string& rate)
  {
    Daemon::Options options;
    options.public_url = "http://127.0.0.1:" + std::to_string(socket.port());
    options.inherited_socket = socket.descriptor();
    start(client("asker", R"(["submit", "read"])", "per_day = 1000\n") +
              client("buyer", R"(["submit", "read"])", "per_day = 2\n") +
              simulator.section(secrets, rate + "concurrency = 16\ntimeout = \"2s\"\n"),
          {}, options);
  }
  static std::string order(int number, const std::string& more = {})
  {
    return R"({"api":"people","datasets":"basic_data","q":"doc{)" + std::to_string(number) +
           R"(}","key":"k-)" + std::to_string(number) + "\"" + more + "}\n";
  }
  // Returns the lines of the answer.
  std::string post_lines(const std::string& lines, const std::string& token) const
  {
    const auto file = secrets.write("lines", lines);
    return run({"curl", "-sS", "-H", "Authorization: Bearer " + token, "-H",
                "Content-Type: application/x-ndjson", "--data-binary", "@" + file.string(),
                "http://127.0.0.1:" + std::to_string(port()) + "/v1/queries"})
        .out;
  }
  // `1:202 2:400 …`
  static std::string statuses(const std::string& answers)
  {
    std::string text;
    std::istringstream stream(answers);
    for (std::string line; std::getline(stream, line);)
      text += (text.empty() ? "" : " ") + member(line, "line") + ":" + member(line, "status");
    return text;
  }
  std::string group(const std::string& name, const std::string& what, const std::string& token) const
  {
    return member(get("/v1/groups/" + name, token).body, what);
  }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(api_asking, AskingFixture)

BOOST_AUTO_TEST_CASE(lines_are_answered_one_for_one_and_change_nothing_twice)
{
  const std::string lines = order(1, R"(,"group":"g")") + "\n" + order(2, R"(,"group":"g")") +
                            "{\"q\":1}\nnot json\n" + order(1, R"(,"group":"g")") + R"({"query_id":"q-9"})" +
                            "\n" + R"({"api":"people","datasets":"d","q":"doc{1}"})" + "\n" +
                            std::string(70'000, 'x') + "\n" + order(3, R"(,"group":"g")");
  const std::string first = post_lines(lines, asker);
  BOOST_TEST(statuses(first) == "1:202 3:202 4:400 5:400 6:200 7:403 8:400 9:400 10:202", first);
  BOOST_TEST(statuses(post_lines(lines, asker)) == "1:200 3:200 4:400 5:400 6:200 7:403 8:400 9:400 10:200");
  BOOST_TEST(eventually([&] { return group("g", "open", asker) == "0"; }));
  BOOST_TEST(group("g", "queries", asker) == "3");
  BOOST_TEST(group("g", "queries", buyer).empty());
  BOOST_TEST(eventually([&] {
    return get("/v1/events?limit=1000", asker).body.find(R"("event":"group","group":"g")") !=
           std::string::npos;
  }));
  BOOST_TEST(get("/v1/events?limit=1000", buyer).body.find("group") == std::string::npos);
  const std::string usage = get("/v1/usage", asker).body;
  BOOST_TEST(usage.find(R"("client":"asker","api":"people","submitted":3)") != std::string::npos, usage);
  BOOST_TEST(get("/v1/usage", buyer).body == R"({"usage":[]})");
}

BOOST_AUTO_TEST_CASE(lines_are_taken_from_whoever_may_enter_queries)
{
  const std::string blanks(std::size_t{1} << 20, '\n');
  BOOST_TEST(post_lines(blanks, asker).empty());
  BOOST_TEST(post_lines(blanks, "token-0123456789-of-audit").find("413") !=
             std::string::npos); // it only reads
  BOOST_TEST(statuses(post_lines(blanks + order(1), asker)) == "1048577:202");
}

BOOST_AUTO_TEST_CASE(a_group_does_not_end_while_its_lines_are_entered)
{
  std::string lines;
  for (int i = 0; i < 2'000; ++i)
    lines += order(i, R"(,"group":"big")");
  start_slow("rate = 100000.0\n");
  const std::string answers = post_lines(lines, asker);
  BOOST_TEST(std::count(answers.begin(), answers.end(), '\n') == 2'000);
  BOOST_TEST(answers.find(R"("line":1000,"status":202)") != std::string::npos);
  BOOST_TEST(answers.find(R"("line":1001,"status":429)") != std::string::npos); // per_day
  BOOST_TEST(eventually([&] { return group("big", "open", asker) == "0"; }));
  BOOST_TEST(eventually([&] { return !group("big", "ended_at", asker).empty(); }));
  BOOST_TEST(daemon->query("SELECT count(*) FROM v_events WHERE event = 'group'") == "1");
  const std::string page = get("/v1/queries?group=big&limit=3", asker).body;
  BOOST_TEST(page.find(R"("group":"big")") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(who_submits_takes_back_its_own_and_a_budget_opens_at_midnight)
{
  start_slow("rate = 0.001\n"); // the first one leaves at once, no other
  const auto ask = [&](int number, const std::string& token, const std::string& more = {}) {
    return post("/v1/queries",
                R"({"api":"people","datasets":"basic_data","q":"doc{)" + std::to_string(number) + "}\"" +
                    more + "}",
                token, {"Idempotency-Key: k-" + std::to_string(number)});
  };
  BOOST_TEST(ask(0, asker).status == 202);
  BOOST_TEST(eventually(
      [&] { return daemon->query("SELECT count(*) FROM v_queries WHERE state = 'queued'") == "0"; }));
  const std::string first = member(ask(1, buyer).body, "id");
  BOOST_TEST(ask(2, buyer).status == 202);
  const Answer refused = ask(3, buyer);
  BOOST_TEST(refused.status == 429);
  BOOST_TEST(refused.body.find("T00:00:00.000Z") != std::string::npos, refused.body);
  BOOST_TEST(refused.header.find("Retry-After: ") != std::string::npos);
  BOOST_TEST(ask(1, buyer).status == 200); // a repeat
  const std::string close = R"({"reason":"wrong file"})";
  BOOST_TEST(post("/v1/queries/" + first + "/close", close, asker).status == 404);
  BOOST_TEST(post("/v1/queries/" + first + "/close", close, buyer).status == 200);
  BOOST_TEST(post("/v1/queries/" + first + "/close", close, buyer).status == 409);
  BOOST_TEST(ask(1, buyer).status == 200); // closed: it would cost
  BOOST_TEST(ask(3, buyer).status == 202); // what was taken back is given back
  BOOST_TEST(ask(1, buyer, R"(,"again":true)").status == 429);
  const std::string prefix = R"({"key_prefix":"k-","reason":"wrong file")";
  BOOST_TEST(post("/v1/queries/close", prefix + R"(,"dry_run":true})", buyer).body == R"({"queries":2})");
  BOOST_TEST(post("/v1/queries/close", prefix + "}", asker).body == R"({"queries":0})"); // its own was sent
  BOOST_TEST(post("/v1/queries/close", prefix + "}", buyer).body == R"({"queries":2})");
  BOOST_TEST(post("/v1/queries/close", R"({"reason":"all"})", buyer).status == 400);
  BOOST_TEST(post("/v1/queries/close", R"({"reason":"x","client":"buyer"})", buyer).status == 400);
  BOOST_TEST(post("/v1/queries/close", R"({"reason":"x","state":"odd"})", buyer).status == 400);
  BOOST_TEST(post("/v1/queries/close", R"({"reason":"x","since":"yesterday"})", buyer).status == 400);
  BOOST_TEST(
      post("/v1/queries/close", R"({"reason":"x","api":"people","until":"2020-01-01T00:00:00Z"})", buyer)
          .body == R"({"queries":0})");
  BOOST_TEST(post("/v1/queries/close", prefix + "}", "token-0123456789-of-ledger").status == 403);
  const Answer anew = ask(1, buyer, R"(,"again":true)");
  BOOST_TEST(anew.status == 202);
  BOOST_TEST(member(anew.body, "id") != first);
  BOOST_TEST(member(get("/v1/queries/" + first, buyer).body, "state") == "closed");
}

BOOST_AUTO_TEST_SUITE_END()
