// The receiver as its peers see it: answers, authentication before the body, connections, graceful stop.
#include <boost/test/unit_test.hpp>

#include <atomic>
#include <thread>

#include "daemon/receiving.hpp"

using namespace postbackd::test;

BOOST_AUTO_TEST_SUITE(receiving)

// The headers of the vendor's document, word for word (seed "Chamadas Assíncronas", PostBackSecret), 508
// bytes of body.
BOOST_AUTO_TEST_CASE(the_platforms_own_postback_is_kept_and_matched)
{
  Daemon daemon;
  const std::string id = "7cfe93e7-9d7e-4458-90eb-feaa6d9b5dee";
  daemon.ctl({"register", id, "--label", "seed"});
  std::string body = "{\"Result\":[{\"Phone\":\"S\xC3O "
                     "PAULO\"}],\"Status\":{\"ondemand_phone_operator\":[{\"Code\":0,\"Message\":\"OK\"}]},"
                     "\"Note\":\"\",\"QueryId\":\"" +
                     id + "\"}";
  body.insert(body.find("\"Note\":\"") + 8, 508 - body.size(), '+');
  RawConnection connection(daemon.port());
  connection.send(
      "POST /postback HTTP/1.1\r\nPostbacksecret: test-secret\r\nUser-Agent: Mozilla/5.0 (Windows NT 6.1; "
      "WOW64) "
      "AppleWebKit/535.1 (KHTML, like Gecko) Chrome/13.0.782.107 Safari/535.1\r\nContent-Type: "
      "application/x-www-form-urlencoded; charset=iso-8859-1\r\nHost: 7a90c208.ngrok.io\r\nContent-Length: "
      "508\r\n"
      "Accept-Encoding: gzip, deflate\r\nConnection: Close\r\nX-Forwarded-For: 184.72.90.61\r\n\r\n" +
      body);
  const Answer answer = parse_answer(connection.read_all());
  BOOST_TEST(answer.status == 200);
  BOOST_TEST(!answer.receipt().empty());
  BOOST_TEST(
      daemon.query("SELECT label, status, receipt, json -> 'Result' -> 0 ->> 'Phone' FROM v_results") ==
      "seed|ok|" + answer.receipt() + "|S\xC3\x83O PAULO");
  BOOST_TEST(has(daemon.ctl({"show", id}), "answered"));
}

BOOST_AUTO_TEST_CASE(every_way_to_authenticate_works_and_every_other_gets_the_same_401)
{
  Daemon::Options options;
  options.route = "authorization = [{ key = \"crm\", token = \"file:TOKEN\", scheme = \"Bearer\" }]\n";
  const TemporaryDirectory secrets;
  const std::string token = secrets.write("token", "the-token\n").string();
  options.route.replace(options.route.find("TOKEN"), 5, token);
  Daemon daemon(options);
  const auto status = [&](std::vector<std::string> fields) {
    return send(daemon.port(), {.body = result_of("q-1"), .fields = std::move(fields)});
  };
  BOOST_TEST(status({"postbackSECRET: test-secret"}).status == 200);
  BOOST_TEST(status({"AuthorizationKey: crm", "Authorization: Bearer the-token"}).status == 200);
  const Answer wrong = status({"Postbacksecret: test-secre"});
  const Answer none = status({});
  BOOST_TEST(wrong.status == 401);
  BOOST_TEST(wrong.body == none.body);
  BOOST_TEST(status({"Authorization: Bearer the-token"}).status == 401);
  BOOST_TEST(has(daemon.log(), "why=\"wrong Postbacksecret\""));
  BOOST_TEST(has(daemon.log(), "why=\"no credentials\""));
  BOOST_TEST(!has(daemon.log(), "test-secre"));
  BOOST_TEST(!has(daemon.log(), "the-token"));
}

// hooks: web{URL} without a secret.
BOOST_AUTO_TEST_CASE(an_open_route_takes_postbacks_without_a_secret_from_allowed_addresses)
{
  Daemon daemon({.more = "[[route]]\npath = \"/open\"\nopen = true\nallow = [\"127.0.0.0/8\"]\n"
                         "[[route]]\npath = \"/far\"\nopen = true\nallow = [\"203.0.113.0/24\"]\n"});
  const auto post = [&daemon](const std::string& path) {
    return send(daemon.port(), {.path = path, .body = result_of("q-1"), .fields = {}}).status;
  };
  BOOST_TEST(post("/open") == 200);
  BOOST_TEST(post("/far") == 401);
  BOOST_TEST(post("/postback") == 401);
  BOOST_TEST(post("/open/q/0123456789abcdef0123456789abcdef") == 401); // a query's own URL keeps its secret
  BOOST_TEST(has(daemon.log(), "can post results here without a secret"));
  BOOST_TEST(count(daemon) == "1");
}

BOOST_AUTO_TEST_CASE(a_wrong_secret_gets_its_401_while_the_body_is_withheld)
{
  Daemon daemon;
  RawConnection connection(daemon.port());
  connection.send(
      "POST /postback HTTP/1.1\r\nHost: h\r\nPostbacksecret: wrong\r\nContent-Length: 1000000\r\n\r\n");
  const Answer answer = parse_answer(connection.read_answer());
  BOOST_TEST(answer.status == 401);
  BOOST_TEST(count(daemon) == "0");
}

BOOST_AUTO_TEST_CASE(only_an_authenticated_client_gets_100_continue)
{
  Daemon daemon;
  const std::string head =
      "POST /postback HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 2\r\n";
  RawConnection unauthenticated(daemon.port());
  unauthenticated.send(head + "Postbacksecret: wrong\r\n\r\n");
  BOOST_TEST(unauthenticated.read_all().starts_with("HTTP/1.1 401 "));
  RawConnection friendly(daemon.port());
  friendly.send(head + "Postbacksecret: test-secret\r\n\r\n");
  BOOST_TEST(friendly.read_until("\r\n\r\n") == "HTTP/1.1 100 Continue\r\n\r\n");
  friendly.send("{}");
  BOOST_TEST(parse_answer(friendly.read_answer()).status == 200);
}

BOOST_AUTO_TEST_CASE(a_connection_carries_many_requests_even_pipelined)
{
  Daemon daemon;
  RawConnection connection(daemon.port());
  std::string pipeline;
  for (int i = 0; i < 20; ++i)
    pipeline += to_bytes({.body = result_of("q-" + std::to_string(i)), .keep_alive = i < 19});
  connection.send(pipeline);
  for (int i = 0; i < 20; ++i)
    BOOST_TEST(parse_answer(connection.read_answer()).status == 200);
  BOOST_TEST(connection.read_all().empty()); // the last one said Connection: Close
  BOOST_TEST(count(daemon) == "20");
}

BOOST_AUTO_TEST_CASE(a_chunked_body_is_kept_without_its_chunks)
{
  Daemon daemon;
  RawConnection connection(daemon.port());
  connection.send("POST /postback HTTP/1.1\r\nHost: h\r\nPostbacksecret: test-secret\r\nTransfer-Encoding: "
                  "chunked\r\n\r\n"
                  "5;ext=1\r\n{\"Que\r\nd\r\nryId\":\"q-ch\"}\r\n0\r\nPostbacksecret: trailer\r\n\r\n");
  BOOST_TEST(parse_answer(connection.read_answer()).status == 200);
  BOOST_TEST(daemon.query("SELECT json FROM v_bodies") == R"({"QueryId":"q-ch"})");
}

BOOST_AUTO_TEST_CASE(a_credential_in_a_trailer_does_not_count)
{
  Daemon daemon;
  RawConnection connection(daemon.port());
  connection.send("POST /postback HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
                  "2\r\n{}\r\n0\r\nPostbacksecret: test-secret\r\n\r\n");
  BOOST_TEST(parse_answer(connection.read_answer()).status == 401);
  BOOST_TEST(count(daemon) == "0");
}

BOOST_AUTO_TEST_CASE(it_listens_on_ipv4_and_ipv6_with_several_threads)
{
  Daemon::Options options;
  options.listen = "address = [\"127.0.0.1\", \"::1\"]\nthreads = 2\n";
  Daemon daemon(options);
  const std::string log = daemon.log();
  const std::size_t at = log.find("port=", log.find("address=::1"));
  const auto v6_port = static_cast<unsigned short>(std::stoul(log.substr(at + 5)));
  RawConnection connection(v6_port, "::1");
  connection.send(to_bytes({.body = result_of("q-6")}));
  BOOST_TEST(parse_answer(connection.read_answer()).status == 200);
  std::vector<std::jthread> clients;
  std::atomic<int> good = 0;
  for (int i = 0; i < 20; ++i)
    clients.emplace_back(
        [&daemon, &good, i] { good += daemon.post(result_of("q4-" + std::to_string(i))).status == 200; });
  clients.clear();
  BOOST_TEST(good == 20);
  BOOST_TEST(daemon.query("SELECT count(*) FROM v_postbacks WHERE remote = '::1'") == "1");
  BOOST_TEST(daemon.stop() == 0);
}

BOOST_AUTO_TEST_CASE(requests_that_are_not_served_get_a_constant_answer)
{
  Daemon daemon({.limits = "body = \"1KiB\"\n"});
  const auto answer = [&daemon](const std::string& bytes) {
    RawConnection connection(daemon.port());
    connection.send(bytes);
    return parse_answer(connection.read_all());
  };
  BOOST_TEST(answer("POST /other HTTP/1.1\r\nHost: h\r\n\r\n").status == 404);
  const Answer get = answer("GET /postback HTTP/1.1\r\nHost: h\r\n\r\n");
  BOOST_TEST(get.status == 405);
  BOOST_TEST(has(get.header, "Allow: POST\r\n"));
  const Answer header = answer("HEAD /postback HTTP/1.1\r\nHost: h\r\n\r\n");
  BOOST_TEST(header.status == 405);
  BOOST_TEST(header.body.empty());
  const std::string head = "POST /postback HTTP/1.1\r\nHost: h\r\nPostbacksecret: test-secret\r\n";
  BOOST_TEST(answer(head + "Content-Length: 1025\r\n\r\n").status == 413);
  BOOST_TEST(answer(head + "Expect: 200-ok\r\nContent-Length: 2\r\n\r\n{}").status == 417);
  BOOST_TEST(answer(head + "X: " + std::string(9'000, 'x') + "\r\n\r\n").status == 431);
  BOOST_TEST(answer(head + "Transfer-Encoding: gzip\r\n\r\n").status == 501);
  BOOST_TEST(answer("nonsense\r\n\r\n").status == 400);
  for (const Answer& each : {get, answer("nonsense\r\n\r\n")}) {
    BOOST_TEST(!has(each.header, "Server"));
    BOOST_TEST(!has(each.header, "Location"));
    BOOST_TEST(each.body.size() < 60u);
  }
  BOOST_TEST(count(daemon) == "0");
}

BOOST_AUTO_TEST_SUITE_END()
