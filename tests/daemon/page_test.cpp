// The page and its sessions, as a browser and as somebody who means harm would use them.
#include "daemon/api_fixture.hpp"

using namespace postbackd::test;

namespace
{

const std::string shop = "token-0123456789-of-shop";
const std::string audit = "token-0123456789-of-audit";

// Returns the value of the header field, or an empty text.
std::string field(const Answer& answer, const std::string& name)
{
  const std::size_t at = answer.header.find("\r\n" + name + ": ");
  if (at == std::string::npos) return {};
  const std::size_t begin = at + name.size() + 4;
  return answer.header.substr(begin, answer.header.find("\r\n", begin) - begin);
}

struct PageFixture : ApiFixture {
  PageFixture() { start("", "page = true\n"); }

  std::string host() const { return "127.0.0.1:" + std::to_string(port()); }
  // A request of the page itself, with a cookie.
  Answer ours(const std::string& method, const std::string& target, const std::string& cookie,
              const std::string& body = {}) const
  {
    return with({"Postbackd-Page: 1", "Origin: http://postbackd"}, method, target, cookie, body);
  }
  Answer with(std::vector<std::string> fields, const std::string& method, const std::string& target,
              const std::string& cookie, const std::string& body = {}) const
  {
    if (!cookie.empty()) fields.push_back("Cookie: " + cookie);
    return call({.method = method, .target = target, .token = "", .body = body, .fields = fields});
  }
  // Returns the cookie of a session.
  std::string log_in(const std::string& token, const std::string& more = {}) const
  {
    const Answer answer = ours("POST", "/v1/session", "", R"({"token":")" + token + "\"" + more + "}");
    BOOST_REQUIRE_MESSAGE(answer.status == 201, answer.body);
    const std::string set = field(answer, "Set-Cookie");
    BOOST_TEST(set.find("; HttpOnly; SameSite=Strict") != std::string::npos, set);
    BOOST_TEST(set.find("Path=/") != std::string::npos, set);
    return set.substr(0, set.find(';'));
  }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(page, PageFixture)

BOOST_AUTO_TEST_CASE(it_is_served_to_anybody_and_nothing_else_is)
{
  const Answer page = call({.target = "/", .token = ""});
  BOOST_TEST(page.status == 200U);
  BOOST_TEST(field(page, "Content-Security-Policy").find("default-src 'none'; script-src 'self'") == 0U);
  BOOST_TEST(field(page, "Content-Security-Policy").find("unsafe") == std::string::npos);
  BOOST_TEST(field(page, "X-Content-Type-Options") == "nosniff");
  const std::size_t at = page.body.find("/page/");
  BOOST_REQUIRE(at != std::string::npos);
  const std::string script = page.body.substr(page.body.find("src=\"") + 5);
  const Answer file = call({.target = script.substr(0, script.find('"')), .token = ""});
  BOOST_TEST(file.status == 200U);
  BOOST_TEST(field(file, "Cache-Control").find("immutable") != std::string::npos);
  BOOST_TEST(field(file, "Content-Type") == "text/javascript; charset=utf-8");
  for (const char* target : {"/page/0/main.js", "/page/../v1/queries", "/page/", "/page/x/y/z"})
    BOOST_TEST(call({.target = target, .token = ""}).status == 404U, target);
  for (const char* target :
       {"/v1/queries", "/v1/status", "/v1/none", "/index.html", "//", "/v1/session/code"})
    BOOST_TEST(call({.target = target, .token = ""}).status == 401U, target);
}

BOOST_AUTO_TEST_CASE(without_it_a_stranger_learns_nothing_of_it)
{
  start();
  for (const char* target : {"/", "/page/0/main.js", "/v1/session"})
    BOOST_TEST(call({.target = target, .token = ""}).status == 401U, target);
  BOOST_TEST(ours("POST", "/v1/session", "", R"({"token":")" + shop + "\"}").status == 401U);
}

BOOST_AUTO_TEST_CASE(a_session_has_the_rights_of_its_token)
{
  const std::string cookie = log_in(shop);
  const Answer who = ours("GET", "/v1/session", cookie);
  BOOST_TEST(member(who.body, "client") == "shop");
  BOOST_TEST(ours("POST", "/v1/queries", cookie, R"({"query_id":"q-1"})").status == 201U);
  BOOST_TEST(ours("GET", "/v1/queries/q-1", cookie).status == 200U);
  BOOST_TEST(ours("GET", "/v1/status", cookie).status == 403U); // it sees its own alone
  BOOST_TEST(ours("GET", "/v1/audit", cookie).status == 403U);
  const std::string all = log_in(audit);
  BOOST_TEST(ours("GET", "/v1/status", all).status == 200U);
  BOOST_TEST(ours("POST", "/v1/queries", all, R"({"query_id":"q-2"})").status == 403U); // it only reads
  BOOST_TEST(ours("GET", "/v1/audit", all).status == 403U);
  const std::string other = log_in("token-0123456789-of-ledger");
  BOOST_TEST(ours("GET", "/v1/queries/q-1", other).status == 404U);
  BOOST_TEST(ours("GET", "/v1/queries/q-1/story", other).status == 404U);
}

BOOST_AUTO_TEST_CASE(who_may_only_look_changes_nothing_and_may_leave)
{
  const std::string cookie = log_in(shop, ",\"look\":true");
  BOOST_TEST(member(ours("GET", "/v1/session", cookie).body, "may_act") == "false");
  BOOST_TEST(ours("POST", "/v1/queries", cookie, R"({"query_id":"q-1"})").status == 403U);
  BOOST_TEST(get("/v1/queries/q-1").status == 404U);
  BOOST_TEST(ours("GET", "/v1/queries", cookie).status == 200U);
  BOOST_TEST(ours("DELETE", "/v1/session", cookie).status == 200U);
  BOOST_TEST(ours("GET", "/v1/queries", cookie).status == 401U);
}

BOOST_AUTO_TEST_CASE(a_stream_ends_with_its_session)
{
  const std::string cookie = log_in(audit);
  RawConnection stream(port());
  stream.send(to_bytes(
      {.target = "/v1/events", .token = "", .fields = {"Accept: text/event-stream", "Cookie: " + cookie}}));
  stream.read_until("\r\n\r\n");
  BOOST_TEST(ours("DELETE", "/v1/session", cookie).status == 200U);
  register_query("q-1");
  answer_query("q-1");
  const std::string rest = stream.read_answer(); // until it ends
  BOOST_TEST(rest.ends_with("0\r\n\r\n"), rest);
  BOOST_TEST(rest.find("q-2") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_stranger_who_sends_no_body_has_no_more_time_than_for_a_header)
{
  start("", "page = true\n", {.limits = "header_timeout = \"1s\"\n"});
  RawConnection connection(port());
  connection.send("POST /v1/session HTTP/1.1\r\nHost: postbackd\r\nContent-Length: 10\r\n\r\n");
  const std::string answer = connection.read_answer();
  BOOST_TEST(answer.find("HTTP/1.1 408 ") == 0U, answer);
}

BOOST_AUTO_TEST_CASE(what_another_site_can_make_a_browser_send_changes_nothing)
{
  const std::string cookie = log_in(shop);
  const std::string body = R"({"query_id":"q-1"})";
  const std::vector<std::vector<std::string>> forged{
      {},
      {"Origin: http://postbackd"}, // a form of the same site
      {"Origin: http://evil.example", "Content-Type: text/plain"},
      {"Origin: http://evil.example", "Postbackd-Page: 1"},
      {"Origin: null", "Postbackd-Page: 1"},
      {"Postbackd-Page: 1"}};
  for (const auto& fields : forged) {
    BOOST_TEST(with(fields, "POST", "/v1/queries", cookie, body).status == 401U);
    BOOST_TEST(with(fields, "DELETE", "/v1/session", cookie).status == 403U);
    BOOST_TEST(with(fields, "POST", "/v1/session", "", R"({"token":")" + shop + "\"}").status == 403U);
  }
  BOOST_TEST(get("/v1/queries/q-1").status == 404U);
  BOOST_TEST(ours("POST", "/v1/queries", cookie, body).status == 201U);
}

BOOST_AUTO_TEST_CASE(whoever_may_open_the_socket_gets_a_link_that_is_good_once)
{
  const auto link = [&](const std::vector<std::string>& more) {
    std::vector<std::string> arguments{program("postbackctl"), "--config", daemon->configuration().string(),
                                       "page"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    const Output outcome = run(arguments);
    BOOST_REQUIRE_MESSAGE(outcome.code == 0, outcome.out);
    const std::size_t at = outcome.out.find("http://" + host() + "/#code=");
    BOOST_REQUIRE_MESSAGE(at != std::string::npos, outcome.out);
    return outcome.out.substr(outcome.out.find("code=", at) + 5, 64);
  };
  const std::string login = R"({"code":")" + link({}) + "\"}";
  const Answer first = ours("POST", "/v1/session", "", login);
  BOOST_REQUIRE(first.status == 201U);
  BOOST_TEST(member(first.body, "client") == "local");
  BOOST_TEST(ours("POST", "/v1/session", "", login).status == 401U);
  const std::string cookie = field(first, "Set-Cookie");
  BOOST_TEST(ours("GET", "/v1/audit", cookie.substr(0, cookie.find(';'))).status == 200U);
  const Answer looks = ours("POST", "/v1/session", "", R"({"code":")" + link({"--look"}) + "\"}");
  BOOST_TEST(member(looks.body, "may_act") == "false");
  const Answer wishes = ours("POST", "/v1/session", "", R"({"look":true,"code":")" + link({}) + "\"}");
  BOOST_TEST(member(wishes.body, "may_act") == "false");
  BOOST_TEST(ours("POST", "/v1/session", "", R"({"code":""})").status == 401U);
  BOOST_TEST(ours("POST", "/v1/session", "", R"({})").status == 401U);
}

BOOST_AUTO_TEST_CASE(behind_tls_the_cookie_is_of_the_host_alone)
{
  const Answer answer = with({"Postbackd-Page: 1", "Origin: https://postbackd"}, "POST", "/v1/session", "",
                             R"({"token":")" + shop + "\"}");
  BOOST_REQUIRE(answer.status == 201U);
  const std::string set = field(answer, "Set-Cookie");
  BOOST_TEST(set.find("__Host-postbackd=") == 0U, set);
  BOOST_TEST(set.find("; Secure") != std::string::npos, set);
  const std::string cookie = set.substr(0, set.find(';'));
  BOOST_TEST(member(ours("GET", "/v1/session", cookie).body, "client") == "shop");
}

BOOST_AUTO_TEST_CASE(a_story_of_ones_own_has_no_sight_of_handlers_and_one_of_all_has)
{
  register_query("q-1");
  answer_query("q-1");
  const Answer own = get("/v1/queries/q-1/story");
  BOOST_TEST(own.status == 200U);
  BOOST_TEST(member(own.body, "deliveries") == "[]");
  BOOST_TEST(own.body.find("\"kind\":\"result\"") != std::string::npos);
  BOOST_TEST(get("/v1/queries/q-1/story", audit).status == 200U);
  BOOST_TEST(get("/v1/queries/q-1/story", "token-0123456789-of-ledger").status == 404U);
}

BOOST_AUTO_TEST_CASE(the_day_the_log_and_the_queue_are_there_for_whoever_sees_all)
{
  register_query("q-1");
  answer_query("q-1");
  const std::string today = member(get("/v1/queries/q-1").body, "created_at").substr(0, 10);
  const Answer report = get("/v1/report?day=" + today, audit);
  BOOST_TEST(member(report.body, "registered") == "1", report.body);
  BOOST_TEST(member(report.body, "answered") == "1", report.body);
  BOOST_TEST(member(get("/v1/report?day=2026-01-31", audit).body, "registered") == "0");
  BOOST_TEST(get("/v1/report", audit).status == 200U); // of yesterday
  BOOST_TEST(get("/v1/report?day=never", audit).status == 400U);
  BOOST_TEST(get("/v1/fanbase", audit).body == R"({"objects":[]})");
  BOOST_TEST(get("/v1/report").status == 403U);
  BOOST_TEST(get("/v1/fanbase").status == 403U);
  BOOST_TEST(get("/v1/log", audit).status == 403U); // it only reads
  BOOST_TEST(get("/v1/log").status == 403U);        // it sees its own alone
  const std::string started =
      run({"curl", "-sS", "--unix-socket", path("api"), "http://postbackd/v1/log?event=started&limit=5"}).out;
  BOOST_TEST(started.find(R"({"lines":[{"time":)") == 0U, started);
  BOOST_TEST(started.find(R"("level":"info","event":"started")") != std::string::npos, started);
  BOOST_TEST(started.find("listening") == std::string::npos, started);
}

BOOST_AUTO_TEST_SUITE_END()
