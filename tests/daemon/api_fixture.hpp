#pragma once

#include <boost/test/unit_test.hpp>

#include "support/daemon.hpp"
#include "text/json_document.hpp"

namespace postbackd::test
{

// A daemon whose API has the clients shop and ledger, who see their own queries, audit, who sees all and only
// reads, and the socket.
struct ApiFixture {
  TemporaryDirectory secrets;
  std::unique_ptr<Daemon> daemon;

  ApiFixture() { start(); }

  void start(const std::string& more = {}, const std::string& keys = {}, Daemon::Options options = {})
  {
    daemon.reset();
    options.more = "[api]\nport = 0\nsocket = \"" + path("api") + "\"\n" + keys +
                   client("shop", R"(["register", "submit", "read", "operate"])") +
                   client("ledger", R"(["register", "read"])") +
                   client("audit", R"(["read"])", "sees = \"all\"\nwaiting = 1\n") + more;
    daemon = std::make_unique<Daemon>(options);
  }

  std::string path(const std::string& name) const { return (secrets / name).string(); }

  std::string client(const std::string& name, const std::string& scopes, const std::string& more = {})
  {
    secrets.write(name, "token-0123456789-of-" + name);
    std::filesystem::permissions(secrets / name, std::filesystem::perms::owner_read);
    return "[[api.client]]\nname = \"" + name + "\"\ntoken = [\"file:" + path(name) +
           "\"]\nrequests_per_second = 100000\nscopes = " + scopes + "\n" + more;
  }

  unsigned short port() const
  {
    const std::string log = daemon->log();
    const std::size_t at = log.find("port=", log.find("event=api address"));
    return static_cast<unsigned short>(std::stoul(log.substr(at + 5)));
  }

  struct Call {
    std::string method = "GET";
    std::string target;
    std::string token = "token-0123456789-of-shop"; // empty: none
    std::string body;
    std::vector<std::string> fields;
  };
  static std::string to_bytes(const Call& call)
  {
    std::string bytes = call.method + " " + call.target + " HTTP/1.1\r\nHost: postbackd\r\n";
    if (!call.token.empty()) bytes += "Authorization: Bearer " + call.token + "\r\n";
    for (const std::string& field : call.fields)
      bytes += field + "\r\n";
    if (call.method != "GET") bytes += "Content-Length: " + std::to_string(call.body.size()) + "\r\n";
    return bytes + "Connection: close\r\n\r\n" + call.body;
  }
  Answer call(const Call& call) const
  {
    RawConnection connection(port());
    connection.send(to_bytes(call));
    return parse_answer(connection.read_answer());
  }
  Answer get(const std::string& target, const std::string& token = "token-0123456789-of-shop") const
  {
    return call({.target = target, .token = token});
  }
  Answer post(const std::string& target, const std::string& body,
              const std::string& token = "token-0123456789-of-shop",
              const std::vector<std::string>& fields = {}) const
  {
    return call({.method = "POST", .target = target, .token = token, .body = body, .fields = fields});
  }
  // Returns the id of a new query.
  std::string register_query(const std::string& query_id,
                             const std::string& token = "token-0123456789-of-shop") const
  {
    const Answer answer = post("/v1/queries", R"({"query_id":")" + query_id + "\"}", token);
    BOOST_REQUIRE_MESSAGE(answer.status == 201, answer.body);
    return member(answer.body, "id");
  }
  void answer_query(const std::string& query_id) const
  {
    BOOST_REQUIRE(daemon->post(R"({"QueryId":")" + query_id + R"(","Result":[1]})").status == 200);
  }

  static std::string member(const std::string& json, std::string_view name)
  {
    const auto document = text::JsonDocument::parse(json);
    BOOST_REQUIRE_MESSAGE(document.has_value(), json);
    const text::JsonNode node = document->root().member(name);
    return node.is_string() ? std::string(node.text()) : node.present() ? node.json() : "";
  }
  // Returns `result:q-1 lost:q-2 …` of a page of the feed.
  static std::string events_of(const std::string& page)
  {
    const auto document = text::JsonDocument::parse(page);
    BOOST_REQUIRE_MESSAGE(document.has_value(), page);
    std::string text;
    for (const text::JsonNode& event : document->root().member("events").elements())
      text += (text.empty() ? "" : " ") + std::string(event.member("event").text()) + ":" +
              std::string(event.member("query_id").text());
    return text;
  }
};

} // namespace postbackd::test
