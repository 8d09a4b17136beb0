// The Fanbase side according to its documents, and our client of it.
#include <boost/test/unit_test.hpp>

#include <fstream>
#include <random>
#include <set>

#include "support/daemon.hpp"
#include "support/listening_socket.hpp"
#include "support/machine.hpp"
#include "support/simulator.hpp"
#include "text/json_document.hpp"

using namespace postbackd;
using namespace postbackd::test;

namespace
{

constexpr auto queue_path = "/api/v1/integration/queue";

struct FanbaseFixture {
  TemporaryDirectory directory;
  ListeningSocket socket;

  FanbaseFixture() { directory.write("client_secret", "a secret & more\n"); }

  std::string path(const std::string& name) const { return (directory / name).string(); }
  std::string url() const { return "http://127.0.0.1:" + std::to_string(socket.port()); }

  std::string section(const std::string& more = "") const
  {
    return "[fanbase]\nenabled = true\n" + more +
           "client = [{ id = \"app\", secret = \"file:" + path("client_secret") +
           "\" }, { id = \"other\", secret = \"file:" + path("client_secret") + "\" }]\n";
  }
  std::string file_handler(const std::string& name, const std::string& match) const
  {
    return "[[handler]]\nname = \"" + name + "\"\nkind = \"file\"\npath = \"" + path(name) +
           "\"\nmatch = { " + match + " }\n";
  }
  Daemon::Options options(const std::string& more) const
  {
    Daemon::Options options;
    options.public_url = url();
    options.inherited_socket = socket.descriptor();
    options.more = more;
    return options;
  }

  Answer token(const std::string& query) const
  {
    return send(socket.port(), {.path = "/api/token?" + query, .fields = {}});
  }
  std::string token_of(const std::string& client = "app") const
  {
    const Answer answer =
        token("grant_type=client_credentials&client_id=" + client + "&client_secret=a%20secret+%26%20more");
    BOOST_REQUIRE(answer.status == 200);
    return field(answer.body, "access_token");
  }
  static std::string field(const std::string& body, const std::string& name)
  {
    const auto document = text::JsonDocument::parse(body);
    BOOST_REQUIRE_MESSAGE(document.has_value(), body);
    return std::string(document->root().find(name).text());
  }

  Answer post(const std::string& to, const std::string& body, const std::string& access_token,
              std::vector<std::string> more = {}) const
  {
    more.push_back("AccessToken: " + access_token);
    more.push_back("Content-Type: application/json");
    return send(socket.port(), {.path = to, .body = body, .fields = more});
  }
  Answer show(const std::string& id, const std::string& access_token) const
  {
    RawConnection connection(socket.port());
    connection.send("GET " + std::string(queue_path) + "/" + id +
                    " HTTP/1.1\r\nHost: x\r\nAccessToken: " + access_token + "\r\nConnection: close\r\n\r\n");
    return parse_answer(connection.read_answer());
  }
  // Returns its answer once it has ended.
  std::string finished(const std::string& id, const std::string& access_token) const
  {
    std::string body;
    eventually([&] {
      body = show(id, access_token).body;
      const std::string status = field(body, "processStatus");
      return status == "completed" || status == "failed";
    });
    return body;
  }
  std::string fandata(const std::string& cpf, const std::string& access_token) const
  {
    const Answer answer = post(
        queue_path, R"({"action":"update_fandata","data":{"cpf":)" + cpf + R"(,"id":"1"}})", access_token);
    BOOST_REQUIRE_MESSAGE(answer.status == 201, answer.body);
    return field(answer.body, "id");
  }
};

const std::string quick = "rate = 100000.0\nconcurrency = 16\n"
                          "retry = { first = \"100ms\", factor = 1.0, max = \"100ms\", attempts = 3 }\n";

} // namespace

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
      [&] { return daemon.sqlite("SELECT count(*) FROM v_deliveries WHERE state = 'done'") == "3"; }));
  BOOST_TEST(read_file(path("tickets"))
                 .find(R"("data":{"dados_do_ingresso":"valor","dados_do_comprador":"valor"})") !=
             std::string::npos);
  BOOST_TEST(read_file(path("purchases")).find(R"("eventName":"purchase")") != std::string::npos);
  BOOST_TEST(read_file(path("results")).find("doc{12345678900}") != std::string::npos);
  BOOST_TEST(daemon.sqlite("SELECT count(*) FROM v_app_events") == "3");
  BOOST_TEST(daemon.sqlite("SELECT document FROM v_app_users WHERE user_id = 'abc123def345'") ==
             "22701153840");
  // No secret is where it does not belong.
  BOOST_TEST(daemon.log().find("client_secret") == std::string::npos);
  BOOST_TEST(daemon.sqlite(".dump").find("a secret") == std::string::npos);
  BOOST_TEST(daemon.stop() == 0);
}

BOOST_AUTO_TEST_CASE(every_documented_error_is_answered)
{
  Daemon daemon(options(section()));
  BOOST_TEST(token("grant_type=client_credentials&client_id=app&client_secret=wrong").status == 401);
  BOOST_TEST(token("grant_type=password&client_id=app&client_secret=a%20secret+%26%20more").status == 401);
  BOOST_TEST(token("").status == 401);
  const std::string access_token = token_of();
  const std::string user = "/api/v1/app/registeruser";
  const std::string event = "/api/v1/app/event";
  for (const std::string& to : {std::string(queue_path), user, event}) {
    const Answer answer = post(to, "{}", "wrong");
    BOOST_TEST(answer.status == 401);
    BOOST_TEST(answer.body.find("Token inválido") != std::string::npos, answer.body);
  }
  BOOST_TEST(post(user, "{}", "wrong").body == R"({"header":{"codigo":0,"msg":"Token inválido"}})");
  daemon.ctl({"fans", "import",
              directory.write("fans.csv", "document\n22701153840\nEmail@Provider.NET\n").string()});
  const auto registering = [](const std::string& id, const std::string& document, const std::string& type,
                              const std::string& platform = "android") {
    return R"({"userId":")" + id + R"(","document":")" + document + R"(","documentType":)" + type +
           R"(,"appName":"A","appPlatform":")" + platform + "\"}";
  };
  const auto happening = [](const std::string& id, const std::string& date,
                            const std::string& value = "null") {
    return R"({"userId":")" + id + R"(","eventName":"login","eventValue":)" + value + R"(,"eventDate":")" +
           date + R"(","appName":"A"})";
  };
  struct Row {
    std::string to;
    std::string body;
    int status;
    const char* says;
  };
  const std::vector<Row> table{
      {user, registering("u", "22701153840", "1"), 201, "Usuário registrado com sucesso"},
      {user, registering("u", "22701153840", "1"), 201,
       "Usuário registrado com sucesso"}, // the same pair again
      {user, registering("u", "email@provider.net", "4"), 400, "userId já registrado"},
      {user, registering("v", "email@provider.net", "4", "ios"), 201, "Usuário registrado"},
      {user, registering("w", "11111111111", "1"), 400, "Documento inválido"},
      {user, registering("w", "227.011.538-40", "1"), 400, "Documento inválido"},
      {user, registering("w", "nobody", "4"), 400, "Documento inválido"},
      {user, registering("w", "22701153840", "2"), 400, "documentType"},
      {user, registering("w", "22701153840", "\"1\""), 400, "documentType"},
      {user, registering("w", "22701153840", "1", "windows"), 400, "appPlatform"},
      {user, registering("", "22701153840", "1"), 400, "userId"},
      {user, "[]", 400, "JSON inválido"},
      {user, "{", 400, "JSON inválido"},
      {event, happening("u", "2025-07-29T03:00:02.135Z"), 201, "Evento registrado com sucesso"},
      {event, happening("u", "2025-07-29T03:00:02.135Z", R"("{\"a\":1}")"), 201, "Evento registrado"},
      {event, happening("unknown", "2025-07-29T03:00:02.135Z"), 400, "userId não encontrado"},
      {event, happening("u", "29/07/2025"), 400, "eventDate"},
      {event, happening("u", "2025-07-29T03:00:02.135Z", "{}"), 400, "eventValue"},
      {event, R"({"userId":"u"})", 400, "eventName"},
      {queue_path, R"({"action":"delete","data":{}})", 400, "action"},
      {queue_path, R"({"data":{}})", 400, "action"},
      {queue_path, R"({"action":"ticket-create"})", 400, "data"},
      {queue_path, R"({"action":"ticket-create","Data":{}})", 400, "data"},
      {queue_path, "{\"action\":\"ticket-create\",\"d\\u0061ta\":{}}", 400, "data"},
      {queue_path, R"({"action":"update_fandata","data":{"cpf":null}})", 400, "data.id"},
      {queue_path, R"({"action":"update_fandata","data":{"id":"1","cpf":"123"}})", 400, "data.cpf"},
      {queue_path, R"({"action":"update_fandata","data":{"id":"1","cpf":12345678900}})", 400, "data.cpf"},
      {queue_path, "nonsense", 400, "JSON inválido"},
      {queue_path, R"({"action":"ticket-create","data":")" + std::string(2 << 20, 'x') + "\"}", 400,
       "grande demais"},
      {queue_path, R"({"action":"ticket-create","data":[1,"any",null]})", 201, "Objeto criado com sucesso"},
  };
  for (const Row& row : table) {
    const Answer answer = post(row.to, row.body, access_token);
    BOOST_TEST(answer.status == row.status, row.body.substr(0, 200)
                                                << ": " << answer.status << " " << answer.body);
    BOOST_TEST(answer.body.find(row.says) != std::string::npos, row.body.substr(0, 200)
                                                                    << ": " << answer.body);
  }
  // A client sees only its own objects, and another client's key is not its own.
  const std::string ticket = R"({"action":"ticket-create","data":{"n":1}})";
  const std::string first = post(queue_path, ticket, access_token, {"Idempotency-Key: k"}).body;
  BOOST_TEST(post(queue_path, ticket, access_token, {"Idempotency-Key: k"}).body == first);
  BOOST_TEST(
      post(queue_path, R"({"action":"ticket-create","data":{"n":2}})", access_token, {"Idempotency-Key: k"})
          .status == 400);
  const std::string other = token_of("other");
  BOOST_TEST(post(queue_path, ticket, other, {"Idempotency-Key: k"}).body != first);
  BOOST_TEST(show(field(first, "id"), access_token).status == 200);
  BOOST_TEST(show(field(first, "id"), other).status == 404);
  BOOST_TEST(show("unknown", access_token).status == 404);
  // Tokens are in the store as digests, so they survive a restart.
  daemon.kill();
  daemon.start();
  BOOST_TEST(show(field(first, "id"), access_token).status == 200);
  BOOST_TEST(daemon.sqlite(".dump").find(access_token) == std::string::npos);
  daemon.sqlite("UPDATE fanbase_tokens SET expires_at = '2020-01-01T00:00:00.000Z'");
  daemon.kill();
  daemon.start();
  BOOST_TEST(show(field(first, "id"), access_token).status == 401);
  BOOST_TEST(daemon.stop() == 0);
}

BOOST_AUTO_TEST_CASE(truncated_or_broken_json_gets_a_400_or_is_kept)
{
  Daemon daemon(options(section("accept_unknown_documents = true\n")));
  const std::string access_token = token_of();
  const std::pair<std::string, std::string> good[] = {
      {queue_path, R"({"action":"update_fandata","data":{"cpf":"12345678900","id":"id_interno_feng"}})"},
      {"/api/v1/app/registeruser",
       R"({"userId":"a","document":"22701153840","documentType":1,"appName":"A","appPlatform":"ios"})"},
      {"/api/v1/app/event",
       R"({"userId":"a","eventName":"e","eventValue":null,"eventDate":"2025-07-29T03:00:02Z","appName":"A"})"},
  };
  std::mt19937 random(1);
  RawConnection connection(socket.port());
  for (int i = 0; i < 3'000; ++i) {
    const auto& [to, body] = good[static_cast<std::size_t>(i % 3)];
    std::string spoilt = body;
    for (int j = 0; j < 1 + i % 3; ++j) {
      const std::size_t at = random() % spoilt.size();
      if (random() % 4 == 0)
        spoilt.resize(at + 1);
      else if (random() % 3 == 0)
        spoilt.insert(at, 1, static_cast<char>(random()));
      else
        spoilt[at] = static_cast<char>(random());
    }
    connection.send(to_bytes({.path = to,
                              .body = spoilt,
                              .fields = {"AccessToken: " + access_token, "Content-Type: application/json"},
                              .keep_alive = true}));
    const int status = parse_answer(connection.read_answer()).status;
    BOOST_REQUIRE_MESSAGE(status == 201 || status == 400, status << " for " << spoilt);
  }
  BOOST_TEST(daemon.is_running());
  BOOST_TEST(daemon.sqlite("PRAGMA integrity_check") == "ok");
}

BOOST_AUTO_TEST_CASE(an_update_fandata_ends_as_its_submission_and_its_delivery_do)
{
  const std::pair<const char*, const char*> table[] = {
      {"", "completed: Dados atualizados com sucesso"},
      {"delay=500ms,lost-ack", "completed: Dados atualizados com sucesso"},
      {"silent", "completed: Dados atualizados com sucesso"}, // from the log
      {"ack=-111", "failed: Consulta recusada: -111"},
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
  BOOST_TEST(daemon.sqlite("SELECT last_error FROM v_dead").find("no such fan") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(without_a_cpf_or_a_platform_there_is_no_submission)
{
  Daemon daemon(options(section()));
  const std::string access_token = token_of();
  std::string body = finished(fandata("null", access_token), access_token);
  BOOST_TEST(field(body, "processStatus") == "completed");
  body = finished(fandata("\"12345678900\"", access_token), access_token);
  BOOST_TEST(field(body, "processStatus") == "failed");
  BOOST_TEST(field(body, "processMsg").find("não está configurada") != std::string::npos);
  BOOST_TEST(daemon.sqlite("SELECT count(*) FROM queries") == "0");
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
  BOOST_TEST(daemon.sqlite("SELECT last_error FROM v_dead").find("sold out") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(below_the_free_space_floor_nothing_is_accepted)
{
  const SmallDisk disk("40m");
  if (!disk.is_mounted()) {
    BOOST_TEST_MESSAGE("no right to mount");
    return;
  }
  Daemon::Options with =
      options(section("accept_unknown_documents = true\n") + "[admin]\nsocket = \"" + path("admin") + "\"\n");
  with.limits = "free_space = \"30MiB\"\n";
  with.folder = disk.directory().path();
  Daemon daemon(with);
  const std::string access_token = token_of();
  const std::string ticket = R"({"action":"ticket-create","data":{}})";
  BOOST_TEST(post(queue_path, ticket, access_token).status == 201);
  std::ofstream(disk.directory() / "filling") << std::string(15 << 20, 'x');
  BOOST_TEST(eventually([&] { return post(queue_path, ticket, access_token).status == 503; }));
  BOOST_TEST(
      post("/api/v1/app/registeruser",
           R"({"userId":"u","document":"22701153840","documentType":1,"appName":"A","appPlatform":"ios"})",
           access_token)
          .status == 503);
  BOOST_TEST(
      token("grant_type=client_credentials&client_id=app&client_secret=a%20secret+%26%20more").status == 503);
  std::filesystem::remove(disk.directory() / "filling");
  BOOST_TEST(eventually([&] { return post(queue_path, ticket, access_token).status == 201; }));
  BOOST_TEST(daemon.stop() == 0);
}

// A delivers its results to B's queue; both are killed again and again.
BOOST_AUTO_TEST_CASE(a_thousand_results_reach_another_daemon)
{
  constexpr int total = sanitized ? 100 : 1'000;
  constexpr int kills = 5;
  Daemon b(options(section() + file_handler("tickets", "action = \"ticket-create\"")));
  Daemon a(
      {.more =
           "[[handler]]\nname = \"fanbase\"\nkind = \"fanbase\"\nurl = \"" + url() +
           "\"\nclient_id = \"app\"\nclient_secret = \"file:" + path("client_secret") +
           "\"\nconcurrency = 8\ntimeout = \"5s\"\nretry = { first = \"50ms\", factor = 1.0, max = \"50ms\", "
           "attempts = 1000000 }\n"});
  for (int i = 0; i < total; ++i) {
    const std::string id = "q-" + std::to_string(i);
    a.sqlite("INSERT INTO queries (query_id) VALUES ('" + id + "')");
    BOOST_REQUIRE(a.post(R"({"QueryId":")" + id + R"(","Result":[{"a":1}]})").status == 200);
    if (i % (total / kills) == total / kills / 2) {
      Daemon& killed = i / (total / kills) % 2 == 0 ? a : b;
      killed.kill();
      killed.start();
    }
  }
  const auto done = [&] {
    return std::stoi(a.sqlite("SELECT count(*) FROM v_deliveries WHERE state = 'done'"));
  };
  std::mt19937 random(7);
  for (int i = 0; i < kills; ++i) {
    const int before = done();
    eventually([&] { return done() >= std::min(total, before + static_cast<int>(random() % 100)); },
               std::chrono::seconds(20));
    Daemon& killed = i % 2 == 0 ? b : a;
    killed.kill();
    // A token that B no longer knows is fetched again.
    if (&killed == &b) b.sqlite("DELETE FROM fanbase_tokens");
    killed.start();
  }
  BOOST_TEST(eventually([&] { return done() == total; }, std::chrono::seconds(120)),
             a.sqlite("SELECT state, last_error, count(*) FROM v_deliveries GROUP BY 1, 2"));
  BOOST_TEST(b.sqlite("SELECT count(*), count(DISTINCT request) FROM v_queue_objects") ==
             std::to_string(total) + "|" + std::to_string(total));
  BOOST_TEST(b.sqlite("SELECT count(*) FROM v_queue_objects WHERE state <> 'completed'") == "0");
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
