// The Fanbase side according to its documents, and our client of it.
#include <boost/test/unit_test.hpp>

#include <algorithm>

#include "daemon/fanbase_fixture.hpp"

using namespace postbackd;
using namespace postbackd::test;

BOOST_FIXTURE_TEST_SUITE(fanbase, FanbaseFixture)

BOOST_AUTO_TEST_CASE(the_samples_of_the_documents_behave_as_documented)
{
  const Simulator simulator;
  Daemon daemon(options(simulator.section(directory, quick) + section("accept_unknown_documents = true\n") +
                        file_handler("tickets", "action = \"ticket-create\"") +
                        file_handler("purchases", "event_name = \"purchase\"") +
                        file_handler("results", "")));
  const Output output = run({"node", SAMPLES_JS, url(), "app", "a secret & more"});
  BOOST_TEST(output.code == 0, output.out);
  BOOST_TEST(output.out.find("as documented") != std::string::npos);
  BOOST_TEST(eventually(
      [&] { return daemon.query("SELECT count(*) FROM v_deliveries WHERE state = 'done'") == "3"; }));
  BOOST_TEST(read_file(path("tickets"))
                 .find(R"("data":{"dados_do_ingresso":"valor","dados_do_comprador":"valor"})") !=
             std::string::npos);
  BOOST_TEST(read_file(path("purchases")).find(R"("eventName":"purchase")") != std::string::npos);
  BOOST_TEST(read_file(path("results")).find("doc{12345678900}") != std::string::npos);
  BOOST_TEST(daemon.query("SELECT count(*) FROM v_app_events") == "3");
  BOOST_TEST(daemon.query("SELECT document FROM v_app_users WHERE user_id = 'abc123def345'") ==
             "22701153840");
  // No secret is where it does not belong.
  BOOST_TEST(daemon.log().find("client_secret") == std::string::npos);
  BOOST_TEST(daemon.dump().find("a secret") == std::string::npos);
  BOOST_TEST(daemon.stop() == 0);
}

BOOST_AUTO_TEST_CASE(an_update_fandata_ends_as_its_submission_and_its_delivery_do)
{
  const std::pair<const char*, const char*> table[] = {
      {"", "completed: Dados atualizados com sucesso"},
      {"delay=500ms,lost-ack", "completed: Dados atualizados com sucesso"},
      {"silent", "completed: Dados atualizados com sucesso"}, // from the log
      {"ack=-131", "failed: Consulta recusada: -131"},
      {"unlogged", "failed: Consulta sem resultado"},
  };
  for (const auto& [profile, expected] : table) {
    const Simulator simulator({"--profile", profile});
    Daemon daemon(options("[queries]\ndeadline = \"1s\"\n" + simulator.section(directory, quick) + section() +
                          file_handler("results", "")));
    const std::string access_token = token_of();
    const std::string body = finished(fandata("\"12345678900\"", access_token), access_token);
    const std::string end = field(body, "processStatus") + ": " + field(body, "processMsg");
    BOOST_TEST(end.starts_with(expected), profile << " ends as " << end);
    BOOST_TEST(daemon.stop() == 0);
  }
}

BOOST_AUTO_TEST_CASE(an_update_fandata_fails_when_its_handler_gives_it_up)
{
  const Simulator simulator;
  Daemon daemon(options(simulator.section(directory, quick) + section() +
                        "[[handler]]\nname = \"no\"\nkind = \"exec\"\ncommand = [\"/bin/sh\", \"-c\", "
                        "\"echo no such fan >&2; exit 65\"]\n"));
  const std::string access_token = token_of();
  const std::string body = finished(fandata("\"12345678900\"", access_token), access_token);
  BOOST_TEST(field(body, "processStatus") == "failed");
  BOOST_TEST(field(body, "processMsg") == "Falha na entrega"); // the handler's own words are not shown
  BOOST_TEST(daemon.query("SELECT last_error FROM v_dead").find("no such fan") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(without_a_cpf_or_a_platform_there_is_no_submission)
{
  Daemon daemon(options(section()));
  const std::string access_token = token_of();
  std::string body = finished(fandata("null", access_token), access_token);
  BOOST_TEST(field(body, "processStatus") == "failed");
  BOOST_TEST(field(body, "processMsg").find("Sem CPF") != std::string::npos);
  body = finished(fandata("\"12345678900\"", access_token), access_token);
  BOOST_TEST(field(body, "processStatus") == "failed");
  BOOST_TEST(field(body, "processMsg").find("não está configurada") != std::string::npos);
  BOOST_TEST(daemon.query("SELECT count(*) FROM queries") == "0");
}

BOOST_AUTO_TEST_CASE(a_client_has_so_many_tokens_at_most)
{
  Daemon daemon(options(section("tokens = 2\n")));
  const std::string first = token_of();
  const std::string other = token_of("other");
  const std::string second = token_of();
  BOOST_TEST(show("none", first).status == 404);
  const std::string third = token_of();
  BOOST_TEST(show("none", first).status == 401);
  for (const std::string& valid : {second, third, other})
    BOOST_TEST(show("none", valid).status == 404);
}

// RFC 6749, 2.3.1 and 4.4.2.
BOOST_AUTO_TEST_CASE(a_token_is_given_for_a_form_in_the_body)
{
  Daemon daemon(options(section()));
  const auto ask = [&](const std::string& form,
                       const std::string& type = "application/x-www-form-urlencoded") {
    return send(socket.port(), {.path = "/api/token", .body = form, .fields = {"Content-Type: " + type}});
  };
  const std::string good = "grant_type=client_credentials&client_id=app&client_secret=a+secret+%26%20more";
  const Answer given = ask(good);
  BOOST_TEST(given.status == 200, given.body);
  BOOST_TEST(show("none", field(given.body, "access_token")).status == 404);
  BOOST_TEST(ask(good, "Application/X-WWW-Form-Urlencoded; charset=UTF-8").status == 200);
  for (const std::string& wrong :
       {std::string(), std::string("grant_type=password&client_id=app&client_secret=a+secret+%26%20more"),
        std::string("grant_type=client_credentials&client_id=app&client_secret=guess"),
        std::string("client_id=app&client_secret=a+secret+%26%20more")}) {
    const Answer refused = ask(wrong);
    BOOST_TEST(refused.status == 401, wrong);
    BOOST_TEST(refused.body == R"({"error":"invalid_client"})");
  }
  BOOST_TEST(ask(good, "application/json").status == 401);
  BOOST_TEST(ask(good + "&x=" + std::string(5'000, 'x')).status == 413);
  BOOST_TEST(daemon.log().find("a+secret") == std::string::npos);
  BOOST_TEST(eventually([&] {
    return daemon.query(
               "SELECT sum(count) FROM v_refusals WHERE reason = 'unauthorized' AND path = '/api/token'") ==
           "5";
  }));
}

BOOST_AUTO_TEST_CASE(an_event_date_without_a_zone_is_of_the_configured_one)
{
  Daemon daemon(options(section("event_zone = \"-03:00\"\naccept_unknown_documents = true\n")));
  const std::string token = token_of();
  BOOST_TEST(
      post("/api/v1/app/registeruser",
           R"({"userId":"u1","document":"12345678900","documentType":1,"appName":"A","appPlatform":"ios"})",
           token)
          .status == 201);
  for (const char* date : {"2026-01-31T21:00:00", "2026-01-31", "2026-01-31T21:00:00Z"})
    BOOST_TEST(
        post("/api/v1/app/event",
             R"({"userId":"u1","eventName":"e","appName":"A","eventDate":")" + std::string(date) + "\"}",
             token)
            .status == 201);
  BOOST_TEST(
      daemon.query("SELECT count(DISTINCT event_at) FROM v_app_events WHERE event_at IN ("
                   "'2026-02-01T00:00:00.000Z', '2026-01-31T03:00:00.000Z', '2026-01-31T21:00:00.000Z')") ==
      "3");
}

BOOST_AUTO_TEST_CASE(a_user_of_two_apps_has_both_and_events_have_their_time_in_utc)
{
  Daemon daemon(options(section() + "accept_unknown_documents = true\n"));
  const std::string access_token = token_of();
  const auto user = [](const std::string& app, const std::string& platform) {
    return R"({"userId":"u1","document":"12345678900","documentType":1,"appName":")" + app +
           R"(","appPlatform":")" + platform + "\"}";
  };
  BOOST_TEST(post("/api/v1/app/registeruser", user("A", "android"), access_token).status == 201);
  BOOST_TEST(post("/api/v1/app/registeruser", user("A", "android"), access_token).status == 201);
  BOOST_TEST(post("/api/v1/app/registeruser", user("B", "ios"), access_token).status == 201);
  BOOST_TEST(daemon.query("SELECT group_concat(app_name || app_platform) FROM v_app_users") ==
             "Aandroid,Bios");
  const std::string event =
      R"({"userId":"u1","eventName":"e","eventValue":null,"appName":"A","eventDate":"2026-01-31T21:00:00-03:00"})";
  BOOST_TEST(post("/api/v1/app/event", event, access_token).status == 201);
  BOOST_TEST(daemon.query("SELECT event_date, event_at = '2026-02-01T00:00:00.000Z' FROM v_app_events") ==
             "2026-01-31T21:00:00-03:00|1");
}

BOOST_AUTO_TEST_CASE(a_handler_is_given_an_update_fandata_with_its_whole_data)
{
  Daemon daemon(options(section() + file_handler("updates", "action = \"update_fandata\"")));
  const std::string access_token = token_of();
  const std::string data = R"({"cpf":null,"id":"i-1","plan":"gold"})";
  const Answer answer = post(queue_path, R"({"action":"update_fandata","data":)" + data + "}", access_token);
  const std::string id = field(answer.body, "id");
  const std::string body = finished(id, access_token);
  BOOST_TEST(field(body, "processStatus") == "completed");
  BOOST_TEST(read_file(directory / "updates")
                 .find(R"("document":{"id":")" + id + R"(","action":"update_fandata","data":)" + data +
                       "}") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(what_a_handler_tells_the_requester_is_the_process_message)
{
  Daemon daemon(options(section() +
                        "[[handler]]\nname = \"tells\"\nkind = \"exec\"\ncommand = [\"/bin/sh\", \"-c\", "
                        "\"echo assento ocupado >$POSTBACK_MESSAGE_FILE; echo secret >&2; exit 65\"]\n"
                        "match = { action = \"ticket-create\" }\n"));
  const std::string access_token = token_of();
  const Answer answer = post(queue_path, R"({"action":"ticket-create","data":{}})", access_token);
  const std::string body = finished(field(answer.body, "id"), access_token);
  BOOST_TEST(field(body, "processStatus") == "failed");
  BOOST_TEST(field(body, "processMsg") == "assento ocupado");
}

// A asks the platform for nothing: it updates the fan in B with what a result says.
BOOST_AUTO_TEST_CASE(a_result_updates_a_fan_at_another_daemon)
{
  Daemon b(options(section() + file_handler("updates", "action = \"update_fandata\"")));
  const std::string client = "[[handler]]\nname = \"fanbase\"\nkind = \"fanbase\"\nurl = \"" + url() +
                             "\"\nclient_id = \"app\"\nclient_secret = \"file:" + path("client_secret") +
                             "\"\naction = \"update_fandata\"\n";
  const Daemon incomplete({.more = client}); // it does not say where id comes from
  BOOST_TEST(incomplete.log().find("event=handler_cannot_run") != std::string::npos, incomplete.log());
  Daemon a({.more = client + "data_id = \"label\"\ndata_cpf = \"$.Result[0].BasicData.TaxIdNumber\"\n"});
  a.ctl({"register", "q-1", "--label", "fan-7"});
  a.post(R"({"QueryId":"q-1","Result":[{"BasicData":{"TaxIdNumber":"12345678900"}}]})");
  // B has no platform to ask, but a handler that takes the object.
  BOOST_TEST(eventually([&] { return a.query("SELECT state FROM v_deliveries") == "done"; }));
  BOOST_TEST(read_file(directory / "updates").find(R"("data":{"cpf":"12345678900","id":"fan-7"})") !=
             std::string::npos);
  a.ctl({"register", "q-2"}); // no label
  a.post(R"({"QueryId":"q-2","Result":[]})");
  BOOST_TEST(eventually(
      [&] { return a.query("SELECT last_error FROM v_dead") == "data_id: the result has no label"; }));
}

BOOST_AUTO_TEST_CASE(a_ticket_fails_when_its_handler_gives_it_up)
{
  Daemon daemon(options(section() +
                        "[[handler]]\nname = \"no\"\nkind = \"exec\"\ncommand = [\"/bin/sh\", \"-c\", "
                        "\"echo sold out >&2; exit 65\"]\nmatch = { action = \"*\" }\n"));
  const std::string access_token = token_of();
  const Answer answer = post(queue_path, R"({"action":"ticket-create","data":{}})", access_token);
  const std::string body = finished(field(answer.body, "id"), access_token);
  BOOST_TEST(field(body, "processStatus") == "failed");
  BOOST_TEST(field(body, "processMsg") == "Falha na entrega");
  BOOST_TEST(daemon.query("SELECT last_error FROM v_dead").find("sold out") != std::string::npos);
}

// A delivers its results to B's queue; both are killed again and again.
BOOST_AUTO_TEST_CASE(a_thousand_results_reach_another_daemon)
{
  const int total = is_on_server() ? 50 : whole ? 1'000 : 100;
  const int kills = is_on_server() ? 2 : 5;
  Daemon b(options(section() + file_handler("tickets", "action = \"ticket-create\"")));
  Daemon a(
      {.more =
           "[[handler]]\nname = \"fanbase\"\nkind = \"fanbase\"\nurl = \"" + url() +
           "\"\nclient_id = \"app\"\nclient_secret = \"file:" + path("client_secret") +
           "\"\nconcurrency = 8\ntimeout = \"5s\"\nretry = { first = \"50ms\", factor = 1.0, max = \"50ms\", "
           "attempts = 1000000 }\n"});
  a.query("WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < " +
          std::to_string(total) + ") INSERT INTO queries (query_id) SELECT 'q-' || i FROM n");
  for (int i = 0; i < total; ++i) {
    const std::string id = "q-" + std::to_string(i);
    BOOST_REQUIRE(a.post(R"({"QueryId":")" + id + R"(","Result":[{"a":1}]})").status == 200);
    if (i % (total / kills) == total / kills / 2) {
      Daemon& killed = i / (total / kills) % 2 == 0 ? a : b;
      killed.kill();
      killed.start();
    }
  }
  const auto done = [&] {
    return std::stoi(a.query("SELECT count(*) FROM v_deliveries WHERE state = 'done'"));
  };
  std::mt19937 random(7);
  for (int i = 0; i < kills; ++i) {
    const int before = done();
    eventually([&] { return done() >= std::min(total, before + static_cast<int>(random() % 100)); },
               std::chrono::seconds(20));
    Daemon& killed = i % 2 == 0 ? b : a;
    killed.kill();
    // A token that B no longer knows is fetched again.
    if (&killed == &b) b.query("DELETE FROM fanbase_tokens");
    killed.start();
  }
  BOOST_TEST(eventually([&] { return done() == total; }, std::chrono::seconds(120)),
             a.query("SELECT state, last_error, count(*) FROM v_deliveries GROUP BY 1, 2"));
  BOOST_TEST(b.query("SELECT count(*), count(DISTINCT request) FROM v_queue_objects") ==
             std::to_string(total) + "|" + std::to_string(total));
  BOOST_TEST(b.query("SELECT count(*) FROM v_queue_objects WHERE state <> 'completed'") == "0");
  // The same from the command line.
  const std::string made = a.ctl({"fanbase", "enqueue", R"({"n":1})", "--key", "k"});
  BOOST_TEST(a.ctl({"fanbase", "enqueue", R"({"n":1})", "--key", "k"}) == made);
  BOOST_TEST(a.ctl({"fanbase", "status", field(made, "id")})
                 .find(R"("msg":{"action":"ticket-create","data":{"n":1}})") != std::string::npos);
  b.ctl({"fans", "import", directory.write("fans.csv", "22701153840\n").string()});
  BOOST_TEST(a.ctl({"fanbase", "registeruser", "device-1", "22701153840", "--app", "A"}).find("sucesso") !=
             std::string::npos);
  BOOST_TEST(a.ctl({"fanbase", "event", "device-1", "login", "--app", "A"}).find("sucesso") !=
             std::string::npos);
  BOOST_CHECK_THROW(a.ctl({"fanbase", "event", "device-2", "login", "--app", "A"}), std::runtime_error);
  BOOST_TEST(a.stop() == 0);
  BOOST_TEST(b.stop() == 0);
}

BOOST_AUTO_TEST_SUITE_END()
