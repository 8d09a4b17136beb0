#pragma once

#include <boost/test/unit_test.hpp>

#include <fstream>
#include <random>
#include <set>

#include "support/daemon.hpp"
#include "support/listening_socket.hpp"
#include "support/machine.hpp"
#include "support/simulator.hpp"
#include "text/json_document.hpp"

namespace postbackd::test
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

} // namespace postbackd::test
