// The applications' API, as programs on other hosts use it.
#include <thread>

#include "daemon/api_fixture.hpp"

using namespace postbackd::test;

BOOST_FIXTURE_TEST_SUITE(api, ApiFixture)

BOOST_AUTO_TEST_CASE(a_program_registers_waits_and_reads)
{
  const Answer created =
      post("/v1/queries", R"({"query_id":"q-1","label":"mine","metadata":{"order":[4711]},"api":"people"})",
           "token-0123456789-of-shop", {"Idempotency-Key: order-1"});
  BOOST_TEST(created.status == 201);
  const std::string id = member(created.body, "id");
  BOOST_TEST(created.header.find("Location: /v1/queries/" + id) != std::string::npos);
  BOOST_TEST(
      post("/v1/queries", R"({"query_id":"q-1"})", "token-0123456789-of-shop", {"Idempotency-Key: order-1"})
          .status == 200);
  BOOST_TEST(get("/v1/queries/" + id + "/result").status == 202);
  RawConnection waits(port());
  waits.send(to_bytes({.target = "/v1/queries/" + id + "/result?wait=20"}));
  RawConnection shows(port());
  shows.send(to_bytes({.target = "/v1/queries/q-1?wait=20"}));
  answer_query("q-1");
  const Answer result = parse_answer(waits.read_answer());
  BOOST_TEST(result.status == 200);
  BOOST_TEST(result.body == R"({"QueryId":"q-1","Result":[1]})");
  const Answer query = parse_answer(shows.read_answer());
  BOOST_TEST(member(query.body, "state") == "answered");
  BOOST_TEST(member(query.body, "metadata") == R"({"order":[4711]})");
  BOOST_TEST(member(query.body, "key") == "order-1");
  const std::string etag = "\"" + member(query.body, "receipt") + "\"";
  BOOST_TEST(result.header.find("ETag: " + etag) != std::string::npos);
  BOOST_TEST(call({.target = "/v1/queries/" + id + "/result", .fields = {"If-None-Match: " + etag}}).status ==
             304);
  BOOST_TEST(get("/v1/queries/q-1/body").body == result.body);
  BOOST_TEST(daemon->query("SELECT client, key, metadata FROM v_queries") ==
             R"(shop|order-1|{"order":[4711]})");
}

BOOST_AUTO_TEST_CASE(another_clients_query_is_an_unknown_one)
{
  const std::string id = register_query("q-1");
  answer_query("q-1");
  for (const std::string part : {"", "/result", "/body", "?wait=1", "/result?wait=1"}) {
    const Answer foreign = get("/v1/queries/" + id + part, "token-0123456789-of-ledger");
    BOOST_TEST(foreign.status == 404, part);
    BOOST_TEST(foreign.body == get("/v1/queries/unknown" + part, "token-0123456789-of-ledger").body);
    BOOST_TEST(get("/v1/queries/" + id + part, "token-0123456789-of-audit").status == 200, part);
  }
  BOOST_TEST(member(get("/v1/queries", "token-0123456789-of-ledger").body, "queries") == "[]");
  BOOST_TEST(events_of(get("/v1/events", "token-0123456789-of-ledger").body).empty());
  BOOST_TEST(events_of(get("/v1/events", "token-0123456789-of-audit").body) == "result:q-1");
  // The same key of another client is another key; the same QueryId is not to be had.
  BOOST_TEST(post("/v1/queries", R"({"query_id":"q-1"})", "token-0123456789-of-ledger").status == 409);
  // What a program has registered in the file belongs to nobody, until a client registers it too.
  daemon->query("INSERT INTO queries (query_id) VALUES ('q-2')");
  BOOST_TEST(get("/v1/queries/q-2").status == 404);
  BOOST_TEST(get("/v1/queries/q-2", "token-0123456789-of-audit").status == 200);
  BOOST_TEST(post("/v1/queries", R"({"query_id":"q-2"})").status == 200);
  BOOST_TEST(get("/v1/queries/q-2").status == 200);
}

BOOST_AUTO_TEST_CASE(lists_are_filtered_and_paged)
{
  for (int i = 1; i <= 5; ++i)
    BOOST_REQUIRE(post("/v1/queries", R"({"query_id":"q-)" + std::to_string(i) + R"(","label":")" +
                                          (i % 2 ? "odd" : "even") + "\"}")
                      .status == 201);
  answer_query("q-4");
  const auto ids = [&](const std::string& target) {
    const auto document = postbackd::text::JsonDocument::parse(get(target).body);
    std::string text;
    for (const auto& query : document->root().member("queries").elements())
      text += std::string(query.member("query_id").text()) + " ";
    return text;
  };
  BOOST_TEST(ids("/v1/queries?label=odd") == "q-5 q-3 q-1 ");
  BOOST_TEST(ids("/v1/queries?state=answered") == "q-4 ");
  const std::string next = member(get("/v1/queries?limit=2").body, "next");
  BOOST_TEST(ids("/v1/queries?limit=2&after=" + next) == "q-3 q-2 ");
  BOOST_TEST(member(get("/v1/queries?limit=10").body, "next").empty());
}

BOOST_AUTO_TEST_CASE(a_thousand_requests_wait_and_hear_of_their_own_ends)
{
  start(client("many", R"(["register", "read"])", "waiting = 1000\n"));
  constexpr int count = 1'000;
  std::vector<std::unique_ptr<RawConnection>> waiting;
  for (int i = 0; i < count; ++i) {
    const std::string id = "q-" + std::to_string(i);
    register_query(id, "token-0123456789-of-many");
    waiting.push_back(std::make_unique<RawConnection>(port()));
    waiting.back()->send(
        to_bytes({.target = "/v1/queries/" + id + "/result?wait=60", .token = "token-0123456789-of-many"}));
  }
  for (int i = 0; i < count; ++i)
    answer_query("q-" + std::to_string(i));
  for (int i = 0; i < count; ++i) {
    const Answer answer = parse_answer(waiting[static_cast<std::size_t>(i)]->read_answer());
    BOOST_REQUIRE(answer.status == 200);
    BOOST_REQUIRE(answer.body.find("\"q-" + std::to_string(i) + "\"") != std::string::npos);
  }
}

BOOST_AUTO_TEST_CASE(waiting_and_requests_are_limited)
{
  register_query("q-1");
  {
    RawConnection stream(port());
    stream.send(to_bytes({.target = "/v1/events",
                          .token = "token-0123456789-of-audit",
                          .fields = {"Accept: text/event-stream"}}));
    stream.read_until("\r\n\r\n");
    const Answer refused = get("/v1/queries/q-1?wait=20", "token-0123456789-of-audit");
    BOOST_TEST(refused.status == 429);
    BOOST_TEST(refused.header.find("Retry-After: 1") != std::string::npos);
    BOOST_TEST(get("/v1/queries/q-1", "token-0123456789-of-audit").status == 200);
    BOOST_TEST(get("/v1/queries/q-1?wait=1").status == 200); // another client
  }
  // The next pieces of the stream find that its client has left.
  int next = 2;
  BOOST_TEST(eventually([&] {
    const std::string id = "q-" + std::to_string(next++);
    register_query(id);
    answer_query(id);
    return get("/v1/events?after=0&wait=1", "token-0123456789-of-audit").status == 200;
  }));
}

// A query that was asked with its own URL, and whose QueryId the application registers when it knows it.
BOOST_AUTO_TEST_CASE(hooks_and_a_registration_are_one_query)
{
  for (const bool linked : {false, true}) {
    const std::string query_id = linked ? "q-2" : "q-1";
    const std::string hooks = post("/v1/hooks", "{}").body;
    const std::string id = member(hooks, "id");
    const std::string text = member(hooks, "hooks");
    const std::size_t secret = text.find("postbacksecret{") + 15;
    const std::string also = linked ? R"(,"id":")" + id + "\"" : "";
    BOOST_TEST(post("/v1/queries", R"({"query_id":")" + query_id + "\"" + also + "}").status ==
               (linked ? 200 : 201));
    const Answer answer = send(daemon->port(), {.path = "/postback/q/" + id,
                                                .body = R"({"QueryId":")" + query_id + R"(","Result":[1]})",
                                                .fields = {"Postbacksecret: " + text.substr(secret, 64)}});
    BOOST_TEST(answer.status == 200);
    BOOST_TEST(member(get("/v1/queries/" + id).body, "state") == "answered", query_id);
    BOOST_TEST(member(get("/v1/queries/" + query_id).body, "id") == id);
  }
  BOOST_TEST(daemon->query("SELECT count(*) FROM v_unmatched") == "0");
}

BOOST_AUTO_TEST_CASE(a_scope_is_enough_for_what_it_names)
{
  start(client("writer", R"(["register"])"));
  BOOST_TEST(post("/v1/queries", R"({"query_id":"a:b+c=d&e/f"})", "token-0123456789-of-writer").status ==
             201);
  BOOST_TEST(get("/v1/queries", "token-0123456789-of-writer").status == 403);
  BOOST_TEST(get("/v1/queries/a%3Ab%2Bc%3Dd%26e%2Ff", "token-0123456789-of-audit").status == 200);
}

// As a member of the group would, who may open the socket and not write the file.
BOOST_AUTO_TEST_CASE(postbackctl_registers_waits_and_watches_over_the_socket)
{
  const auto ctl = [&](std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(),
                     {program("postbackctl"), "--config", daemon->configuration().string()});
    return run(arguments);
  };
  std::filesystem::permissions(daemon->store().parent_path(),
                               std::filesystem::perms::owner_exec | std::filesystem::perms::owner_read);
  BOOST_TEST(ctl({"register", "q-1", "--label", "mine", "--api", "people", "--metadata", R"({"order":1})",
                  "--key", "order-1"})
                 .out == "registered q-1\n");
  BOOST_TEST(ctl({"register", "q-1", "--key", "order-1"}).out == "known already, nothing changed: q-1\n");
  BOOST_TEST(ctl({"register", "q-2", "--key", "order-1"}).code == 1);
  BOOST_TEST(ctl({"register", "q-2", "--metadata", "[1]"}).out.find("--metadata: expected a JSON object") !=
             std::string::npos);
  const std::string hooks = ctl({"hooks", "--label", "of its own"}).out;
  BOOST_TEST(hooks.starts_with("web{http://127.0.0.1/postback/q/"), hooks);
  answer_query("q-1");
  BOOST_TEST(ctl({"wait", "q-1"}).out == "q-1 answered\n");
  BOOST_TEST(ctl({"wait", "unknown"}).code != 0);
  const auto said = secrets / "watched";
  Process watching({program("postbackctl"), "--config", daemon->configuration().string(), "watch"},
                   {.output = said});
  BOOST_TEST(eventually([&] {
    const std::string watched = read_file(said);
    return watched.find(R"("event":"result")") != std::string::npos &&
           watched.find(R"("metadata":{"order":1})") != std::string::npos;
  }));
  watching.send_signal(15);
  watching.wait();
  BOOST_TEST(daemon->query("SELECT client, api, label FROM v_queries WHERE query_id = 'q-1'") ==
             "local|people|mine");
  std::filesystem::permissions(daemon->store().parent_path(), std::filesystem::perms::owner_all);
}

BOOST_AUTO_TEST_CASE(a_token_is_replaced_by_a_reload)
{
  BOOST_TEST(get("/v1/queries").status == 200);
  std::filesystem::remove(secrets / "shop");
  secrets.write("shop", "another-token-0123456789");
  std::filesystem::permissions(secrets / "shop", std::filesystem::perms::owner_read);
  daemon->hang_up();
  BOOST_TEST(eventually([&] { return get("/v1/queries", "another-token-0123456789").status == 200; }));
  BOOST_TEST(get("/v1/queries").status == 401);
}

BOOST_AUTO_TEST_SUITE_END()
