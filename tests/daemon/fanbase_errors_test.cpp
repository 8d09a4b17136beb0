// What the Fanbase side answers to what it cannot take.
#include <boost/test/unit_test.hpp>

#include "daemon/fanbase_fixture.hpp"

using namespace postbackd;
using namespace postbackd::test;

BOOST_FIXTURE_TEST_SUITE(fanbase_errors, FanbaseFixture)

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
  BOOST_TEST(daemon.dump().find(access_token) == std::string::npos);
  daemon.query("UPDATE fanbase_tokens SET expires_at = '2020-01-01T00:00:00.000Z'");
  daemon.kill();
  daemon.start();
  BOOST_TEST(show(field(first, "id"), access_token).status == 401);
  BOOST_TEST(daemon.stop() == 0);
}

// What an API answers is its business; a refusal is what came no further than the door.
// As libraries of OAuth 2 ask; `app:a%20secret+%26%20more`.
BOOST_AUTO_TEST_CASE(a_token_is_given_for_basic_credentials_too)
{
  Daemon daemon(options(section()));
  const auto status = [this](const std::string& authorization, const std::string& query = "") {
    return send(socket.port(), {.path = "/api/token" + query,
                                .body = "grant_type=client_credentials",
                                .fields = {"Authorization: " + authorization}})
        .status;
  };
  BOOST_TEST(status("Basic YXBwOmElMjBzZWNyZXQrJTI2JTIwbW9yZQ==") == 200);
  BOOST_TEST(status("basic YXBwOmElMjBzZWNyZXQrJTI2JTIwbW9yZQ==") == 200);
  BOOST_TEST(status("Basic YXBwOndyb25n") == 401);
  BOOST_TEST(status("Basic nonsense!") == 401);
  BOOST_TEST(status("Bearer YXBwOmElMjBzZWNyZXQrJTI2JTIwbW9yZQ==") == 401);
  BOOST_TEST(status("Basic YXBwOmElMjBzZWNyZXQrJTI2JTIwbW9yZQ==", "?grant_type=password") == 401);
}

BOOST_AUTO_TEST_CASE(what_an_api_answers_is_counted_by_status_and_is_no_refusal)
{
  Daemon daemon(options(section() + "[admin]\nsocket = \"" + path("admin") + "\"\n"));
  const std::string access_token = token_of();
  const Answer stranger = post(queue_path, "{}", "wrong");
  BOOST_TEST(stranger.status == 401);
  BOOST_TEST(stranger.header.find("WWW-Authenticate:") != std::string::npos, stranger.header);
  BOOST_TEST(show("no-such-object", access_token).status == 404);
  const std::string metrics =
      run({"curl", "-sS", "--max-time", "20", "--unix-socket", path("admin"), "http://admin/metrics"}).out;
  const auto has = [&metrics](const std::string& line) {
    return metrics.find(line + "\n") != std::string::npos;
  };
  BOOST_TEST(has("postbackd_answered_total{status=\"404\"} 1"), metrics);
  for (const char* reason : {"malformed", "not_found"})
    BOOST_TEST(has("postbackd_refused_total{reason=\"" + std::string(reason) + "\"} 0"), metrics);
  BOOST_TEST(has("postbackd_refused_total{reason=\"unauthorized\"} 1"), metrics);
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
  daemon.ctl({"verify"});
}

BOOST_AUTO_TEST_CASE(below_the_free_space_floor_nothing_is_accepted,
                     *boost::unit_test::precondition(can_mount))
{
  const SmallDisk disk("40m");
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

BOOST_AUTO_TEST_SUITE_END()
