// Against the simulator: each submission ends in its one right state, its result is delivered once, and
// nothing that was accepted is submitted twice.
#include <boost/test/unit_test.hpp>

#include "daemon/submission_fixture.hpp"

using namespace postbackd;
using namespace postbackd::test;

BOOST_FIXTURE_TEST_SUITE(submissions, SubmissionFixture)

BOOST_AUTO_TEST_CASE(every_behaviour_ends_in_its_one_right_state)
{
  const std::pair<const char*, const char*> table[] = {
      {"", "answered"},
      {"delay=300ms", "answered"},
      {"early", "answered"},
      {"early,duplicate", "answered"},
      {"lost-ack", "answered"},
      {"lost-ack,early", "answered"},
      {"lost-ack,delay=2s", "answered"},
      {"slow-ack=1500ms", "answered"},
      {"slow-ack=1500ms,silent", "recovered"},
      {"slow-ack=1500ms,http=429", "queued"},
      {"lost-ack,silent", "recovered"},
      {"lost-ack,unlogged", "lost"},
      {"nameless", "answered"},
      {"nameless,silent", "recovered"},
      {"garbled", "answered"},
      {"garbled,silent", "recovered"},
      {"http=503", "answered"},
      {"http=503,silent", "recovered"},
      {"http=400", "failed"},
      {"http=429", "queued"},
      {"ack=-1201", "queued"},
      {"ack=-131", "failed"},
      {"ack=-999", "failed"},
      {"notice=-1212", "recovered"},
      {"notice=-169", "recovered"},
      {"lost-ack,notice=-1212", "recovered"},
      {"silent", "recovered"},
      {"unlogged", "lost"},
      {"duplicate=3", "answered"},
      {"concurrent", "answered"},
      {"concurrent,duplicate", "answered"},
      {"form", "answered"},
      {"lone-key", "answered"},
      {"expect", "answered"},
      {"broken", "recovered"},
      {"lost-ack,broken", "recovered"},
      {"size=5MiB", "answered"},
      {"size=3MiB,silent", "recovered"},
  };
  const Simulator simulator;
  Daemon daemon(options(simulator, quick));
  std::string batch;
  int number = 0;
  for (const auto& [behaviour, state] : table)
    batch += R"({"api":"people","datasets":"basic_data","q":")" + q_of(number++, behaviour) +
             "\",\"deadline\":\"1s\"}\n";
  const auto file = directory.write("batch", batch);
  // It continues: two of them are never accepted.
  const Process asking({program("postbackctl"), "--config", daemon.configuration().string(), "submit",
                        "--batch", file.string(), "--wait"},
                       {.output = directory / "asking"});
  number = 0;
  for (const auto& [behaviour, state] : table) {
    const std::string q = q_of(number++, behaviour);
    const auto now = [&] { return daemon.query("SELECT state FROM v_submissions WHERE q = '" + q + "'"); };
    const std::string expected = state;
    BOOST_TEST(eventually([&] { return now() == expected; }), behaviour << " is " << now() << ", not "
                                                                        << expected << '\n'
                                                                        << daemon.log());
  }
  const auto is_done = [&] {
    return daemon.query("SELECT count(*) FROM v_deliveries WHERE state <> 'done'") == "0";
  };
  BOOST_TEST(eventually(is_done));
  const auto times_given = given();
  const auto times_accepted = accepted(simulator);
  number = 0;
  for (const auto& [behaviour, state] : table) {
    const std::string q = q_of(number++, behaviour);
    const bool has_result =
        std::string(state).find("answered") != std::string::npos || std::string(state) == "recovered";
    BOOST_TEST((times_given.contains(q) ? times_given.at(q) : 0) == (has_result ? 1 : 0), behaviour);
    const bool is_refused = std::string(state) == "failed" || std::string(state) == "queued";
    BOOST_TEST((times_accepted.contains(q) ? times_accepted.at(q) : 0) == (is_refused ? 0 : 1), behaviour);
  }
  BOOST_TEST(daemon.query("SELECT min(attempts) > 1 FROM v_submissions WHERE state = 'queued'") == "1");
  BOOST_TEST(daemon.query("SELECT count(*) FROM v_unmatched") == "0");
  // The platform's text may quote the query: it is in the store only.
  const std::string message = daemon.query("SELECT message FROM v_submissions WHERE code = -131");
  BOOST_TEST(!message.empty());
  BOOST_TEST(daemon.log().find(message) == std::string::npos);
  BOOST_TEST(daemon.log().find("why=\"code -131\"") != std::string::npos);
  BOOST_TEST(daemon.stop() == 0);
}

// Each of several equal submissions gets its own record of the log.
BOOST_AUTO_TEST_CASE(equal_submissions_do_not_take_each_others_results)
{
  constexpr int total = 12;
  const Simulator simulator({"--profile", "lost-ack@50%,silent@50%,slow-ack=300ms@30%,delay=0ms..1500ms"});
  Daemon daemon(options(simulator, quick + "resubmit = true\n"));
  std::string batch;
  for (int i = 0; i < total; ++i)
    batch += R"({"api":"people","datasets":"basic_data","q":"doc{1}","deadline":"1s"})"
             "\n";
  const auto file = directory.write("batch", batch);
  const Process asking({program("postbackctl"), "--config", daemon.configuration().string(), "submit",
                        "--batch", file.string(), "--wait"},
                       {.output = directory / "asking"});
  const auto count = [&](const std::string& what) {
    return daemon.query("SELECT count(" + what +
                        ") FROM v_submissions WHERE state IN ('answered', 'recovered')");
  };
  BOOST_TEST(eventually([&] { return count("*") == std::to_string(total); }, std::chrono::seconds(40)),
             daemon.query("SELECT state, count(*) FROM v_submissions GROUP BY 1") << daemon.log());
  BOOST_TEST(count("DISTINCT query_id") == std::to_string(total));
  BOOST_TEST(daemon.query("SELECT count(*) FROM v_unmatched") == "0");
  BOOST_TEST(accepted(simulator)["doc{1}"] == total);
  BOOST_TEST(daemon.stop() == 0);
}

// "Exemplos" and "Parâmetros Adicionais" with the placeholders filled; two with the comma after the last
// member.
BOOST_AUTO_TEST_CASE(the_simulator_accepts_the_documented_requests)
{
  const Simulator simulator;
  Daemon daemon(options(simulator));
  const std::string web = "http://127.0.0.1:" + std::to_string(socket.port()) + "/postback";
  const std::string requests[] = {
      "{\n\"Datasets\": \"basic_data\",\n\"q\": \"doc{xxxxxxxxxxx}\",\n\"api\": \"people\",\n\"hooks\": "
      "\"web{" +
          web + "}\",\n}",
      "{\n\"Datasets\": \"basic_data\",\n\"q\": \"doc{xxxxxxxxxxx}\",\n\"api\": \"companies\",\n\"hooks\": "
      "\"web{" +
          web + "}\",\n}",
      "{\n\"Api\": \"validations\",\n\"Datasets\": \"ondemand_phone_operator\",\n\"q\": "
      "\"phone{XXXXXXXXXXX}\",\n\"Hooks\": \"web{" +
          web + "}, postbacksecret{test-secret}\"\n}",
      "{\n\"Api\": \"validations\",\n\"Datasets\": \"ondemand_phone_operator\",\n\"q\": "
      "\"phone{XXXXXXXXXXX}\",\n\"Hooks\": \"web{" +
          web + "}, authorizationkey{key}, authorizationtoken{token}\"\n}"};
  for (const std::string& request : requests) {
    const std::string answer =
        run({"curl", "-sS", simulator.url() + "/chamadasassincronas/", "-H",
             "AccessToken: simulated-access-token", "-H", "TokenId: simulated-token-id", "-H",
             "Content-Type: application/json", "-d", request})
            .out;
    const auto document = text::JsonDocument::parse(answer);
    BOOST_REQUIRE_MESSAGE(document.has_value(), answer);
    BOOST_TEST(document->root().find("QueryId").text().size() == 36u, answer);
    BOOST_TEST(document->root().find("Status").find("api").json() == R"([{"Code":0,"Message":"OK"}])",
               answer);
  }
  // The one with our secret has been kept; the others got a 401.
  BOOST_TEST(eventually([&] { return daemon.query("SELECT count(*) FROM v_unmatched") == "1"; }));
}

BOOST_AUTO_TEST_CASE(submissions_can_ask_for_the_authorization_header)
{
  const Simulator simulator;
  Daemon daemon(options(simulator, "hooks = \"authorization\"\n"));
  daemon.ctl({"submit", "--api", "people", "--datasets", "basic_data", "--q", "doc{12345678900}", "--wait"});
  BOOST_TEST(daemon.query("SELECT state FROM v_queries") == "answered");
  BOOST_TEST(daemon.ctl({"hooks", "--authorization"}).find("}, authorizationkey{") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(the_simulator_refuses_what_the_platform_would)
{
  const Simulator simulator;
  const std::pair<const char*, const char*> table[] = {
      {"{\"api\": people}", "-100"},
      {R"({"api":"nope","datasets":"basic_data","q":"doc{1}","hooks":"web{http://h}"})", "-131"},
      {R"({"api":"people","datasets":"basic data!","q":"doc{1}","hooks":"web{http://h}"})", "-133"},
      {R"({"api":"people","datasets":"basic_data","q":"doc","hooks":"web{http://h}"})", "-101"},
      {R"({"api":"people","datasets":"basic_data","q":"doc{1}","hooks":"ftp{x}"})", "-132"}};
  for (const auto& [request, code] : table)
    BOOST_TEST(
        run({"curl", "-sS", simulator.url() + "/chamadasassincronas/", "-H",
             "AccessToken: simulated-access-token", "-H", "TokenId: simulated-token-id", "-d", request})
                .out.find(std::string("\"Code\":") + code) != std::string::npos,
        request);
}

// docs/openapi.yaml, as an application in any language would use it.
BOOST_AUTO_TEST_CASE(applications_submit_over_the_socket)
{
  const Simulator simulator;
  Daemon daemon(options(simulator, quick));
  const auto ask = [&](const std::string& target, const std::vector<std::string>& more = {}) {
    std::vector<std::string> command{"curl",
                                     "-sS",
                                     "--unix-socket",
                                     path("api"),
                                     "-w",
                                     " %{http_code}",
                                     "http://postbackd/v1/queries" + target};
    command.insert(command.end(), more.begin(), more.end());
    return run(command).out;
  };
  const std::string submission = R"({"api":"people","datasets":"basic_data","q":"doc{1}","label":"mine"})";
  const std::string first = ask("", {"-H", "Idempotency-Key: order-1", "-d", submission});
  BOOST_TEST(first.ends_with("} 202"), first);
  const std::string again = ask("", {"-H", "Idempotency-Key: order-1", "-d", submission});
  BOOST_TEST(again.ends_with("} 200"), again);
  const auto queued = text::JsonDocument::parse(first.substr(0, first.size() - 4));
  BOOST_REQUIRE(queued.has_value());
  const std::string id(queued->root().find("id").text());
  BOOST_TEST(again.find(id) != std::string::npos);
  BOOST_TEST(eventually([&] { return ask("/" + id).find(R"("state":"answered")") != std::string::npos; }),
             ask("/" + id));
  const std::string query_id = daemon.query("SELECT query_id FROM v_queries");
  BOOST_TEST(ask("/" + query_id) == ask("/" + id));
  const std::string result = ask("/" + id + "/result");
  BOOST_TEST(result.find(R"("QueryId":")" + query_id) != std::string::npos, result);
  BOOST_TEST(accepted(simulator).size() == 1u);
  // A large result arrives whole.
  const std::string large =
      ask("", {"-d", R"({"api":"people","datasets":"d","q":"doc{2},simulate{size=5MiB}"})"});
  const std::string large_id = large.substr(7, 32);
  BOOST_TEST(eventually([&] { return ask("/" + large_id).find("answered_at") != std::string::npos; }));
  BOOST_TEST(ask("/" + large_id + "/result").size() > 5'000'000u);
  // Errors are reported.
  const std::pair<const char*, const char*> wrong[] = {
      {"nonsense", "the body is not JSON"},
      {R"({"api":"peple","datasets":"d","q":"doc{1}"})", "'peple' is not one of"},
      {R"({"api":"people","q":"doc{1}"})", "expected names"},
      {R"({"api":"people","datasets":"d","q":"12345678900"})", "expected parameters"},
      {R"({"api":"people","datasets":"d","q":"doc{1}","deadline":"soon"})", "expected a duration"},
  };
  for (const auto& [body, why] : wrong) {
    const std::string answer = ask("", {"-d", body});
    BOOST_TEST(answer.find(why) != std::string::npos, answer);
    BOOST_TEST(answer.ends_with(" 400"), answer);
  }
  const std::string another =
      ask("", {"-H", "Idempotency-Key: order-1", "-d", R"({"api":"people","datasets":"d","q":"doc{7}"})"});
  BOOST_TEST(another.ends_with(" 409"), another);
  BOOST_TEST(ask("/unknown").ends_with(" 404"));
  BOOST_TEST(ask("/unknown/result").ends_with(" 404"));
  BOOST_TEST(daemon.stop() == 0);
}

BOOST_AUTO_TEST_CASE(mistakes_are_reported_in_sentences_and_nothing_is_half_registered)
{
  const Simulator simulator;
  Daemon daemon(options(simulator, quick));
  const auto submit = [&](std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(),
                     {program("postbackctl"), "--config", daemon.configuration().string(), "submit"});
    return run(arguments);
  };
  const auto registered = [&] { return daemon.query("SELECT count(*) FROM queries"); };
  Output output = submit({"--api", "peple", "--datasets", "d", "--q", "doc{1}"});
  BOOST_TEST(output.code == 1);
  BOOST_TEST(output.out.find("'peple' is not one of addresses, companies") != std::string::npos, output.out);
  output = submit({"--api", "people"});
  BOOST_TEST(output.out.find("expected names") != std::string::npos, output.out);
  directory.write("bad", "{\"api\":\"people\",\"datasets\":\"d\",\"q\":\"doc{1}\"}\n\nnonsense\n");
  output = submit({"--batch", path("bad")});
  BOOST_TEST(output.code == 1);
  BOOST_TEST(output.out.find("bad:3: expected a JSON object") != std::string::npos, output.out);
  output = submit({"--batch", path("absent")});
  BOOST_TEST(output.out.find("it must be a regular file") != std::string::npos, output.out);
  output = submit({"--batch", path("bad"), "--api", "people"});
  BOOST_TEST(output.code == 64);
  BOOST_TEST(registered() == "0");
  output = submit({"--api", "people", "--datasets", "d", "--q", "doc{1},simulate{ack=-131}"});
  BOOST_TEST(output.code == 1);
  BOOST_TEST(output.out.find("failed: -131") != std::string::npos, output.out);
  daemon.stop();
  output = submit({"--api", "people", "--datasets", "d", "--q", "doc{1}"});
  BOOST_TEST(output.code == 75);
  BOOST_TEST(output.out.find("postbackd is not running") != std::string::npos, output.out);
  daemon.start();
  BOOST_TEST(eventually([&] { return daemon.query("SELECT count(*) FROM v_results") == "1"; }));
  // Secrets do not leave their files.
  const std::string file = daemon.dump();
  for (const char* secret : {"simulated-access-token", "simulated-token-id"}) {
    BOOST_TEST(file.find(secret) == std::string::npos);
    BOOST_TEST(daemon.log().find(secret) == std::string::npos);
    BOOST_TEST(read_file("/proc/" + std::to_string(daemon.pid()) + "/environ").find(secret) ==
               std::string::npos);
    BOOST_TEST(read_file("/proc/" + std::to_string(daemon.pid()) + "/cmdline").find(secret) ==
               std::string::npos);
  }
}

BOOST_AUTO_TEST_SUITE_END()
