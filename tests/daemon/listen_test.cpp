// postbackctl listen: gives the feed to a program where the daemon cannot reach it.
#include <signal.h>

#include "daemon/api_fixture.hpp"
#include "support/machine.hpp"

using namespace postbackd::test;

namespace
{

// A program that notes what it is given, and refuses the first request, and those with a text, if one is
// named.
constexpr auto receiver = R"(
import http.server, sys
class Hook(http.server.BaseHTTPRequestHandler):
    seen = 0
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        Hook.seen += 1
        with open(sys.argv[1], "a") as file:
            file.write(f"{self.headers['Postback-Event']} {self.headers['Postback-Id']} {self.headers['webhook-signature'][:3]} {body}\n")
        self.send_response(500 if len(sys.argv) > 2 and sys.argv[2] in body else 503 if Hook.seen == 1 else 200)
        self.send_header("Retry-After", "1")
        self.send_header("Content-Length", "0")
        self.end_headers()
    def log_message(self, *_): pass
server = http.server.HTTPServer(("127.0.0.1", 0), Hook)
print(server.server_address[1], flush=True)
server.serve_forever()
)";

} // namespace

BOOST_FIXTURE_TEST_SUITE(forwarding, ApiFixture)

BOOST_AUTO_TEST_CASE(a_program_elsewhere_is_given_each_event_until_it_takes_it)
{
  Process program_there({"python3", "-c", receiver, path("given")}, {{}, false, secrets / "port", -1});
  BOOST_REQUIRE(eventually([&] { return read_file(secrets / "port").find('\n') != std::string::npos; }));
  std::string hook = read_file(secrets / "port");
  hook = "http://127.0.0.1:" + hook.substr(0, hook.find('\n')) + "/";
  secrets.write("signing", "whsec_c3ludGhldGljLXNlY3JldC1vZi1leGFtcGxlcw==\n");
  const std::string id = register_query("q-1");
  answer_query("q-1");
  BOOST_REQUIRE(post("/v1/queries/" + register_query("q-2") + "/close", R"({"reason":"r"})").status == 200);
  register_query("q-3", "token-0123456789-of-ledger"); // another client's
  answer_query("q-3");
  // Without the daemon's configuration: it is on another host.
  Process listener({program("postbackctl"), "listen", "--url", "http://127.0.0.1:" + std::to_string(port()),
                    "--token-file", path("shop"), "--after", "0", "--forward", hook, "--signing-secret-file",
                    path("signing")},
                   {{}, false, secrets / "listener", -1});
  const auto given = [&] {
    const std::string text = std::filesystem::exists(secrets / "given") ? read_file(secrets / "given") : "";
    return text;
  };
  BOOST_TEST(eventually([&] { return std::ranges::count(given(), '\n') == 3; }), given());
  const std::string result = "result " + id + R"( v1, {"QueryId":"q-1","Result":[1]})" + "\n";
  BOOST_TEST(given().starts_with(result + result + "closed "), given());
  BOOST_TEST(read_file(secrets / "listener").find("HTTP 503") != std::string::npos);
  BOOST_TEST(eventually([&] {
               return read_file(secrets / "listener").find("closed q-2: HTTP 200") != std::string::npos;
             }),
             read_file(secrets / "listener"));
  listener.send_signal(SIGTERM);
  program_there.send_signal(SIGTERM);
}

// The one that it cannot take keeps the others from it no longer than it is told to.
BOOST_AUTO_TEST_CASE(what_a_program_never_takes_is_skipped_if_it_is_told_so)
{
  Process program_there({"python3", "-c", receiver, path("given"), R"("QueryId":"q-1")"},
                        {{}, false, secrets / "port", -1});
  BOOST_REQUIRE(eventually([&] { return read_file(secrets / "port").find('\n') != std::string::npos; }));
  const std::string text = read_file(secrets / "port");
  secrets.write("signing", "whsec_c3ludGhldGljLXNlY3JldC1vZi1leGFtcGxlcw==\n");
  for (const char* id : {"q-1", "q-2"}) {
    register_query(id);
    answer_query(id);
  }
  Process listener({program("postbackctl"), "listen", "--url", "http://127.0.0.1:" + std::to_string(port()),
                    "--token-file", path("shop"), "--after", "0", "--skip-after", "2", "--forward",
                    "http://127.0.0.1:" + text.substr(0, text.find('\n')) + "/", "--signing-secret-file",
                    path("signing")},
                   {{}, false, secrets / "listener", -1});
  const auto given = [&](const std::string& id) {
    const std::string all = std::filesystem::exists(secrets / "given") ? read_file(secrets / "given") : "";
    std::size_t count = 0;
    for (std::size_t at = 0; (at = all.find("\"" + id + "\"", at)) != std::string::npos; ++at)
      ++count;
    return count;
  };
  BOOST_TEST(eventually([&] { return given("q-2") == 1; }), read_file(secrets / "listener"));
  BOOST_TEST(given("q-1") == 2u);
  BOOST_TEST(read_file(secrets / "listener").find(" is skipped") != std::string::npos);
  listener.send_signal(SIGTERM);
  program_there.send_signal(SIGTERM);
}

// They go on trying, because a daemon may be restarting.
BOOST_AUTO_TEST_CASE(who_cannot_connect_says_why_at_once)
{
  const std::string url = "http://127.0.0.1:1";
  const std::vector<std::vector<std::string>> commands{
      {"watch", "--url", url, "--token-file", path("shop")},
      {"wait", "q-1", "--url", url, "--token-file", path("shop")},
      {"listen", "--url", url, "--token-file", path("shop"), "--after", "0", "--forward", url}};
  for (std::vector<std::string> command : commands) {
    const std::string name = command.front();
    command.insert(command.begin(), program("postbackctl"));
    Process waiting(command, {{}, false, secrets / name, -1});
    BOOST_TEST(
        eventually([&] { return read_file(secrets / name).find("; trying again") != std::string::npos; }),
        name << ": " << read_file(secrets / name));
    BOOST_TEST(read_file(secrets / name).find("127.0.0.1") != std::string::npos, read_file(secrets / name));
    waiting.send_signal(SIGTERM);
  }
}

BOOST_AUTO_TEST_CASE(a_wrong_token_or_file_is_said)
{
  secrets.write("wrong", "wrong\n");
  const auto watch = [&](const std::string& token) {
    return run({program("postbackctl"), "watch", "--url", "http://127.0.0.1:" + std::to_string(port()),
                "--token-file", token});
  };
  BOOST_TEST(watch(path("wrong")).out.find("expected Authorization: Bearer TOKEN") != std::string::npos);
  BOOST_TEST(watch(path("none")).out.find("cannot read a token from") != std::string::npos);
  BOOST_TEST(run({program("postbackctl"), "watch", "--url", "http://127.0.0.1:1"}).code == 64);
}

BOOST_AUTO_TEST_SUITE_END()
