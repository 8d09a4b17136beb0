// The applications' API as an operator's program uses it: handlers and deliveries.
#include "daemon/api_fixture.hpp"

using namespace postbackd::test;

namespace
{

struct Operate : ApiFixture {
  Operate()
  {
    start(client("ops", R"(["operate", "read"])", "sees = \"all\"\n") +
          "[[handler]]\nname = \"crm\"\nkind = \"exec\"\ncommand = [\"/bin/sh\", \"-c\", \"[ -e " +
          path("up") + " ] || exit 65\"]\n");
    for (const char* id : {"q-1", "q-2", "q-3"}) {
      register_query(id);
      answer_query(id);
    }
    BOOST_REQUIRE(eventually([&] { return count("dead") == 3; }));
  }
  int count(const std::string& state) const
  {
    return std::stoi(daemon->query("SELECT count(*) FROM v_deliveries WHERE state = '" + state + "'"));
  }
  // Returns the number that the answer tells.
  std::string change(const std::string& target, const std::string& body) const
  {
    const Answer answer = post(target, body, "token-0123456789-of-ops");
    BOOST_REQUIRE_MESSAGE(answer.status == 200, answer.body);
    return member(answer.body, "deliveries");
  }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(api_operate, Operate)

BOOST_AUTO_TEST_CASE(a_dry_run_tells_the_number_of_the_run)
{
  BOOST_TEST(change("/v1/deliveries/retry", R"({"state":"dead","dry_run":true})") == "3");
  BOOST_TEST(count("dead") == 3);
  secrets.write("up", "");
  BOOST_TEST(change("/v1/deliveries/retry", R"({"query":"q-2"})") == "1");
  BOOST_TEST(eventually([&] { return count("done") == 1; }));
  BOOST_TEST(change("/v1/deliveries/retry", R"({"handler":"crm","state":"dead"})") == "2");
  BOOST_TEST(eventually([&] { return count("done") == 3; }));
  for (const char* run : {R"({"since":"1h","dry_run":true})", R"({"since":"1h"})"})
    BOOST_TEST(change("/v1/handlers/crm/replay", run) == "3");
  BOOST_TEST(eventually([&] { return daemon->query("SELECT sum(attempts) FROM v_deliveries") == "9"; }));
}

BOOST_AUTO_TEST_CASE(deliveries_are_held_released_and_given_up)
{
  BOOST_TEST(change("/v1/deliveries/hold", R"({"all":true})") == "0"); // a dead one waits for nothing
  std::filesystem::remove(secrets / "up");
  secrets.write("up", "");
  BOOST_TEST(
      daemon->query("UPDATE deliveries SET state = 'due', next_attempt_at = '2999-01-01T00:00:00.000Z'")
          .empty());
  BOOST_TEST(change("/v1/deliveries/hold", R"({"query":"q-1"})") == "1");
  BOOST_TEST(change("/v1/deliveries/kill", R"({"query":"q-2","reason":"known"})") == "1");
  BOOST_TEST(change("/v1/deliveries/release", R"({"state":"held"})") == "1");
  BOOST_TEST(eventually([&] { return count("done") == 1; }));
  BOOST_TEST(daemon->query("SELECT state, last_error, reason FROM v_deliveries WHERE query_id = 'q-2'") ==
             "dead|given up by the operator|known");
  BOOST_TEST(daemon->query("SELECT count(*) FROM v_dead").empty() == false);
  BOOST_TEST(change("/v1/deliveries/retry", R"({"state":"dead"})") == "0"); // it was dismissed
  BOOST_TEST(change("/v1/deliveries/retry", R"({"query":"q-2"})") == "1");
}

BOOST_AUTO_TEST_CASE(handlers_and_deliveries_are_listed)
{
  const std::string handlers = get("/v1/handlers", "token-0123456789-of-ops").body;
  BOOST_TEST(handlers.find(R"({"name":"crm","kind":"exec","target":"/bin/sh","circuit":"closed")") !=
                 std::string::npos,
             handlers);
  const std::string page = get("/v1/deliveries?state=dead&limit=2", "token-0123456789-of-ops").body;
  const std::string next = member(page, "next");
  BOOST_TEST(page.find(R"("query_id":"q-3")") < page.find(R"("query_id":"q-2")"), page);
  const std::string rest =
      get("/v1/deliveries?state=dead&limit=2&after=" + next, "token-0123456789-of-ops").body;
  BOOST_TEST(rest.find(R"("query_id":"q-1")") != std::string::npos, rest);
  BOOST_TEST(rest.find(R"("last_error":"exit code 65)") != std::string::npos, rest);
}

BOOST_AUTO_TEST_CASE(who_sees_its_own_queries_only_steers_nothing)
{
  for (const char* target : {"/v1/handlers", "/v1/deliveries"})
    BOOST_TEST(get(target, "token-0123456789-of-shop").status == 403);
  BOOST_TEST(post("/v1/deliveries/retry", R"({"all":true})").status == 403);
  BOOST_TEST(post("/v1/deliveries/kill", "{}", "token-0123456789-of-ops").status == 400); // nothing selected
  BOOST_TEST(post("/v1/deliveries/kill", R"({"state":"gone"})", "token-0123456789-of-ops").status == 400);
  BOOST_TEST(post("/v1/deliveries/kill", R"({"delivery_id":"1"})", "token-0123456789-of-ops").status == 400);
  BOOST_TEST(
      post("/v1/deliveries/kill", R"({"handler":"crm","dry_run":1})", "token-0123456789-of-ops").status ==
      400);
  BOOST_TEST(post("/v1/deliveries/drop", R"({"all":true})", "token-0123456789-of-ops").status == 404);
  BOOST_TEST(post("/v1/handlers/none/replay", R"({"since":"1h"})", "token-0123456789-of-ops").status == 404);
  BOOST_TEST(post("/v1/handlers/crm/replay", R"({"since":"soon"})", "token-0123456789-of-ops").status == 400);
  BOOST_TEST(count("dead") == 3);
}

BOOST_AUTO_TEST_SUITE_END()
