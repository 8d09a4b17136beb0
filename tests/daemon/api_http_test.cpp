// The applications' API as HTTP: content codings, conditional requests, pages of other origins, its
// description.
#include "daemon/api_fixture.hpp"
#include "text/content_coding.hpp"

using namespace postbackd::test;

BOOST_FIXTURE_TEST_SUITE(api_http, ApiFixture)

BOOST_AUTO_TEST_CASE(a_result_is_compressed_where_asked)
{
  const std::string body = R"({"QueryId":"q-1","Result":[")" + std::string(100'000, 'x') + "\"]}";
  register_query("q-1");
  BOOST_REQUIRE(daemon->post(body).status == 200);
  const auto result = [&](const std::vector<std::string>& fields) {
    return call({.target = "/v1/queries/q-1/result", .fields = fields});
  };
  const Answer plain = result({});
  BOOST_TEST(plain.body == body);
  const Answer compressed = result({"Accept-Encoding: br, gzip;q=0.8"});
  BOOST_TEST(compressed.header.find("Content-Encoding: gzip") != std::string::npos);
  BOOST_TEST(compressed.body.size() < 2'000);
  BOOST_TEST(postbackd::text::decode_content(compressed.body, "gzip", 1'000'000)->bytes() == body);
  BOOST_TEST(result({"Accept-Encoding: gzip;q=0"}).body == body);
  BOOST_TEST(call({.target = "/v1/queries/q-1/body", .fields = {"Accept-Encoding: gzip"}}).body == body);
  for (const Answer& answer : {plain, compressed}) {
    const std::size_t at = answer.header.find("ETag: ") + 6;
    const std::string etag = answer.header.substr(at, answer.header.find("\r\n", at) - at);
    const std::vector<std::string> known{"If-None-Match: \"old\", " + etag};
    const bool is_compressed = answer.body != body;
    BOOST_TEST(result({known.front(), is_compressed ? "Accept-Encoding: gzip" : "X: y"}).status == 304);
    BOOST_TEST(result({known.front(), is_compressed ? "X: y" : "Accept-Encoding: gzip"}).status == 200);
  }
}

BOOST_AUTO_TEST_CASE(pages_of_configured_origins_may_call_and_no_others)
{
  const auto preflight = [&](const std::string& origin) {
    return call({.method = "OPTIONS",
                 .target = "/v1/queries",
                 .token = "",
                 .fields = {"Origin: " + origin, "Access-Control-Request-Method: POST"}});
  };
  BOOST_TEST(preflight("https://app.example.com").status == 401); // by default none
  start("", "origins = [\"https://app.example.com\"]\n");
  const Answer allowed = preflight("https://app.example.com");
  BOOST_TEST(allowed.status == 200);
  BOOST_TEST(allowed.header.find("Access-Control-Allow-Origin: https://app.example.com\r\n") !=
             std::string::npos);
  BOOST_TEST(allowed.header.find("Authorization") != std::string::npos);
  for (const char* origin : {"https://app.example.com.evil.example", "http://app.example.com", "null", "*"}) {
    const Answer refused = preflight(origin);
    BOOST_TEST(refused.status == 401, origin);
    BOOST_TEST(refused.header.find("Access-Control") == std::string::npos, origin);
  }
  const Answer answer = call({.target = "/v1/queries", .fields = {"Origin: https://app.example.com"}});
  BOOST_TEST(answer.status == 200);
  BOOST_TEST(answer.header.find("Access-Control-Allow-Origin: https://app.example.com\r\n") !=
             std::string::npos);
  BOOST_TEST(get("/v1/queries").header.find("Access-Control") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_page_has_a_size_and_says_where_to_go_on)
{
  const std::string metadata = R"({"text":")" + std::string(4'000, 'm') + "\"}";
  constexpr int total = 200;
  for (int i = 0; i < total; ++i)
    BOOST_REQUIRE(
        post("/v1/queries", R"({"query_id":"q-)" + std::to_string(i) + R"(","metadata":)" + metadata + "}")
            .status == 201);
  for (int i = 0; i < total; ++i)
    answer_query("q-" + std::to_string(i));
  for (const std::string target : {"/v1/queries?limit=1000", "/v1/events?limit=1000"}) {
    int found = 0;
    int pages = 0;
    for (std::string more; pages < 20;) {
      const std::string body = get(target + more).body;
      BOOST_TEST(body.size() < (256U << 10) + 10'000U);
      const auto count_before = found;
      for (std::size_t at = body.find("\"metadata\""); at != std::string::npos;
           at = body.find("\"metadata\"", at + 1))
        ++found;
      ++pages;
      const std::string next = member(body, "next");
      if (next.empty() || found == count_before) break;
      more = "&after=" + next;
    }
    BOOST_TEST(found == total, target);
    BOOST_TEST(pages >= 4);
  }
}

BOOST_AUTO_TEST_CASE(nothing_of_a_query_is_stored_on_the_way)
{
  register_query("q-1");
  for (const Answer& answer : {get("/v1/queries/q-1"), get("/v1/queries/unknown"), get("/v1/events")})
    BOOST_TEST(answer.header.find("Cache-Control: no-store") != std::string::npos, answer.header);
}

BOOST_AUTO_TEST_CASE(it_describes_itself_to_those_who_have_a_token)
{
  const Answer answer = get("/v1/openapi.yaml");
  BOOST_TEST(answer.header.find("Content-Type: application/yaml") != std::string::npos);
  BOOST_TEST(answer.body == read_file(OPENAPI_YAML));
  BOOST_TEST(get("/v1/openapi.yaml", "").status == 401);
}

BOOST_AUTO_TEST_CASE(the_feed_can_begin_with_what_comes_next)
{
  register_query("q-1");
  answer_query("q-1");
  register_query("q-2");
  RawConnection follower(port());
  follower.send(to_bytes({.target = "/v1/events?after=latest&wait=20"}));
  BOOST_TEST(get("/v1/events?after=latest").body ==
             R"({"events":[],"next":)" + daemon->query("SELECT max(seq) FROM v_events") + "}");
  answer_query("q-2");
  BOOST_TEST(events_of(parse_answer(follower.read_answer()).body) == "result:q-2");
}

BOOST_AUTO_TEST_CASE(who_reads_and_erases_is_noted_if_asked_for)
{
  start("", "audit = \"90d\"\n");
  const std::string id = register_query("q-1");
  answer_query("q-1");
  BOOST_TEST(get("/v1/queries/q-1/result").status == 200);
  BOOST_TEST(get("/v1/queries/q-1/body", "token-0123456789-of-audit").status == 200);
  BOOST_TEST(get("/v1/queries/q-1/result", "token-0123456789-of-ledger").status ==
             404); // it has read nothing
  BOOST_TEST(post("/v1/queries/q-1/erase", "", "token-0123456789-of-ledger").status == 403);
  const Answer erased = post("/v1/queries/q-1/erase", "");
  BOOST_TEST(erased.status == 202);
  BOOST_TEST(!member(erased.body, "erased_at").empty());
  BOOST_TEST(get("/v1/queries/q-1/result").status == 410);
  BOOST_TEST(
      daemon->query("SELECT group_concat(client || ' ' || action || ' ' || query, ', ') FROM v_audit") ==
      "shop result " + id + ", audit body " + id + ", shop erase " + id);
  BOOST_TEST(eventually([&] { return daemon->log().find("event=erased") != std::string::npos; }));
}

BOOST_AUTO_TEST_SUITE_END()
