// The feed of the API (docs/api.md, "Follow").
#include "daemon/api_fixture.hpp"

using namespace postbackd::test;

BOOST_FIXTURE_TEST_SUITE(api_feed, ApiFixture)

BOOST_AUTO_TEST_CASE(the_feed_is_complete_and_goes_on_after_a_kill)
{
  register_query("q-1");
  answer_query("q-1");
  answer_query("late"); // registered afterwards
  const std::string first = get("/v1/events?limit=1").body;
  BOOST_TEST(events_of(first) == "result:q-1");
  daemon->kill();
  daemon->start();
  RawConnection follower(port());
  follower.send(to_bytes({.target = "/v1/events?wait=20&after=" + member(first, "next")}));
  register_query("late");
  BOOST_TEST(events_of(parse_answer(follower.read_answer()).body) == "result:late");
  const std::string closing = register_query("q-3");
  BOOST_TEST(post("/v1/queries/" + closing + "/close", R"({"reason":"asked again"})").status == 200);
  const Answer lines = call(
      {.target = "/v1/events?after=" + member(first, "next"), .fields = {"Accept: application/x-ndjson"}});
  BOOST_TEST(std::count(lines.body.begin(), lines.body.end(), '\n') == 2);
  BOOST_TEST(lines.body.find(R"("event":"closed","id":")" + closing) != std::string::npos);
  const Answer gone = get("/v1/queries/q-3/result");
  BOOST_TEST(gone.status == 410);
  BOOST_TEST(member(gone.body, "state") == "closed");
  BOOST_TEST(member(gone.body, "state") == "closed");
  BOOST_TEST(gone.body.find("closed: asked again") != std::string::npos);
}

// docs/api.md, "Follow".
BOOST_AUTO_TEST_CASE(a_number_of_another_store_is_told_from_one_of_this)
{
  register_query("q-1");
  answer_query("q-1");
  register_query("q-2");
  const std::string copy = path("copy");
  daemon->back_up(copy);
  answer_query("q-2");
  const std::string next = member(get("/v1/events").body, "next");
  const std::string common = daemon->query("SELECT max(seq) FROM v_events WHERE query_id = 'q-1'");
  daemon->kill();
  daemon->restore(copy);
  daemon->start();
  for (const char* accept : {"application/json", "application/x-ndjson", "text/event-stream"}) {
    const Answer gone =
        call({.target = "/v1/events?after=" + next, .fields = {std::string("Accept: ") + accept}});
    BOOST_TEST(gone.status == 409);
    BOOST_TEST(member(gone.body, "next") == common);
  }
  BOOST_TEST(call({.target = "/v1/events", .fields = {"Accept: text/event-stream", "Last-Event-ID: " + next}})
                 .status == 409);
  answer_query("q-2");
  BOOST_TEST(events_of(get("/v1/events?after=" + common).body) == "result:q-2");
  BOOST_TEST(events_of(get("/v1/events").body) == "result:q-1 result:q-2");
  BOOST_TEST(get("/v1/events?after=" + std::to_string(INT64_MAX)).status == 409);
}

BOOST_AUTO_TEST_CASE(events_are_streamed_from_the_last_one_on)
{
  register_query("q-1");
  answer_query("q-1");
  register_query("q-2");
  const std::int64_t seq = std::stoll(daemon->query("SELECT max(seq) FROM v_events"));
  const auto number = [seq](int more) { return std::to_string(seq + more); };
  RawConnection stream(port());
  stream.send(to_bytes(
      {.target = "/v1/events", .fields = {"Accept: text/event-stream", "Last-Event-ID: " + number(0)}}));
  BOOST_TEST(stream.read_until("\r\n\r\n").find("Content-Type: text/event-stream") != std::string::npos);
  answer_query("q-2");
  const std::string event = stream.read_until("\n\n");
  BOOST_TEST(event.find("id: " + number(1) + "\nevent: result\ndata: {\"seq\":" + number(1) + ",") !=
                 std::string::npos,
             event);
  // A program that writes to the file alone is heard too.
  daemon->query("INSERT INTO queries (query_id, client) VALUES ('q-3', 'shop')");
  answer_query("other");
  daemon->query("INSERT INTO queries (query_id, client) VALUES ('other', 'shop')");
  BOOST_TEST(stream.read_until("other").find("id: " + number(2)) != std::string::npos);
  BOOST_TEST(daemon->stop() == 0); // ends the stream
  BOOST_TEST(stream.read_all().ends_with("0\r\n\r\n"));
}

BOOST_AUTO_TEST_CASE(a_follower_is_given_what_it_wants)
{
  const auto enter = [&](const std::string& id, const std::string& more) {
    BOOST_REQUIRE(post("/v1/queries", R"({"query_id":")" + id + "\"," + more + "}").status == 201);
  };
  enter("q-1", R"("label":"a","group":"g","api":"people")");
  enter("q-2", R"("label":"b","group":"g","api":"companies")");
  enter("q-3", R"("label":"a","api":"people")");
  for (const char* id : {"q-1", "q-2"})
    answer_query(id);
  BOOST_TEST(post("/v1/queries/q-3/close", R"({"reason":"r"})").status == 200);
  const auto of = [&](const std::string& wishes) {
    return events_of(get("/v1/events?after=0&" + wishes).body);
  };
  BOOST_TEST(of("label=a") == "result:q-1 closed:q-3");
  BOOST_TEST(of("api=companies") == "result:q-2");
  BOOST_TEST(of("group=g&event=final") == "result:q-1 result:q-2");
  BOOST_TEST(eventually([&] { return of("event=closed,group") == "closed:q-3 group:"; }),
             of("event=closed,group"));
  BOOST_TEST(of("event=extra") == "");
  BOOST_TEST(of("label=none") == "");
  // Nothing is skipped by what is not wanted: `next` is behind it.
  BOOST_TEST(member(get("/v1/events?after=0&label=none").body, "next") ==
             daemon->query("SELECT max(seq) FROM v_events"));
  for (const char* wrong : {"event=alert", "event=", "event=result,,closed", "include=all", "colour=red"})
    BOOST_TEST(get(std::string("/v1/events?") + wrong).status == 400, wrong);
  // Who waits is woken by what it wants only.
  const std::string before = member(get("/v1/events?after=latest").body, "next");
  RawConnection follower(port());
  follower.send(to_bytes({.target = "/v1/events?wait=20&label=wanted&after=" + before}));
  enter("q-4", R"("label":"other")");
  answer_query("q-4");
  // Who waits for it has got it, so the other one has been woken too.
  BOOST_TEST(events_of(get("/v1/events?wait=20&label=other&after=" + before).body) == "result:q-4");
  enter("q-5", R"("label":"wanted")");
  answer_query("q-5");
  BOOST_TEST(events_of(parse_answer(follower.read_answer()).body) == "result:q-5");
}

BOOST_AUTO_TEST_CASE(results_come_with_their_events)
{
  start({}, "audit = \"90d\"\n");
  const std::string id = register_query("q-1");
  register_query("q-2");
  register_query("q-3", "token-0123456789-of-ledger");
  BOOST_REQUIRE(daemon->post("{\"QueryId\":\"q-1\",\r\n\"Result\":[1]}").status == 200);
  BOOST_REQUIRE(daemon->post(R"({"QueryId":"q-2","Result":[")" + std::string(70'000, 'x') + "\"]}").status ==
                200);
  BOOST_REQUIRE(daemon->post(R"({"QueryId":"q-2","Result":["extra"]})").status == 200);
  answer_query("q-3");
  const Answer page = get("/v1/events?after=0&include=result");
  const auto document = postbackd::text::JsonDocument::parse(page.body);
  BOOST_REQUIRE_MESSAGE(document.has_value(), page.body);
  const auto events = document->root().member("events").elements();
  BOOST_REQUIRE(events.size() == 3u);
  BOOST_TEST(events.at(0).member("result").json() == R"({"QueryId":"q-1","Result":[1]})");
  BOOST_TEST(!events.at(1).member("result").present()); // it is large
  BOOST_TEST(events.at(2).member("event").text() == "extra");
  BOOST_TEST(events.at(2).member("result").json() == R"({"QueryId":"q-2","Result":["extra"]})");
  const Answer lines = call({.target = "/v1/events?after=0&include=result&event=result",
                             .fields = {"Accept: application/x-ndjson"}});
  BOOST_TEST(std::ranges::count(lines.body, '\n') == 2);
  RawConnection stream(port());
  stream.send(
      to_bytes({.target = "/v1/events?after=0&include=result", .fields = {"Accept: text/event-stream"}}));
  BOOST_TEST(stream.read_until(R"("result":{"QueryId":"q-2","Result":["extra"]}})")
                 .find(R"("result":{"QueryId":"q-1")") != std::string::npos);
  // Who reads is noted, and what is erased comes no more.
  BOOST_TEST(
      daemon->query("SELECT count(*) FROM v_audit WHERE client = 'shop' AND action = 'result' AND query = '" +
                    id + "'") == "3");
  BOOST_TEST(post("/v1/queries/q-1/erase", "").status == 202);
  BOOST_TEST(get("/v1/events?after=0&include=result").body.find("\"Result\":[1]") == std::string::npos);
  BOOST_TEST(get("/v1/events?after=0&event=erased").body.find(id) != std::string::npos);
}

// A page with results ends after about 256 KiB, and nothing is left out.
BOOST_AUTO_TEST_CASE(pages_with_results_have_a_size)
{
  for (int number = 0; number < 12; ++number) {
    const std::string id = "q-" + std::to_string(number);
    register_query(id);
    BOOST_REQUIRE(
        daemon->post(R"({"QueryId":")" + id + R"(","Result":[")" + std::string(60'000, 'x') + "\"]}")
            .status == 200);
  }
  std::string next = "0";
  std::size_t given = 0;
  for (int page = 0; page < 12 && given < 12; ++page) {
    const Answer answer = get("/v1/events?limit=1000&include=result&after=" + next);
    BOOST_TEST(answer.body.size() < 400'000u);
    for (std::size_t at = 0; (at = answer.body.find("\"result\":{", at)) != std::string::npos; ++at)
      ++given;
    next = member(answer.body, "next");
  }
  BOOST_TEST(given == 12u);
}

BOOST_AUTO_TEST_SUITE_END()
