// Every key of the configuration is either taken by a reload or needs a restart, and the daemon says which.
#include <boost/test/unit_test.hpp>

#include <fstream>
#include <regex>
#include <set>
#include <sstream>

#include "configuration/configuration.hpp"
#include "support/daemon.hpp"
#include "support/listening_socket.hpp"
#include "support/simulator.hpp"

using namespace postbackd;
using namespace postbackd::test;

namespace
{

// Where a change of the key is seen.
enum class Taken { by_reload, by_restart };

// A table of the file with one key in two versions.
struct Key {
  const char* table; // as in docs/configuration.md
  const char* key;
  const char* first;
  const char* second;
  Taken taken;
};

constexpr auto by_reload = Taken::by_reload;
constexpr auto by_restart = Taken::by_restart;

const Key keys[] = {
    {"process", "roles", R"(["keep"])", R"(["ask"])", by_restart},
    {"process", "core_dumps", "true", "false", by_restart},
    {"store", "path", R"("a")", R"("b")", by_restart},
    {"store", "url", R"("postgresql://a/b")", R"("postgresql://a/c")", by_restart},
    {"store", "password", R"("file:/a")", R"("file:/b")", by_restart},
    {"store", "commit_timeout", R"("5s")", R"("6s")", by_restart},
    {"store", "busy_timeout", R"("5s")", R"("6s")", by_restart},
    {"store", "create", "false", "true", by_restart},
    {"keep", "postbacks", R"("90d")", R"("91d")", by_reload},
    {"keep", "bodies", R"("90d")", R"("91d")", by_reload},
    {"keep", "queries", R"("90d")", R"("91d")", by_reload},
    {"keep", "deliveries", R"("90d")", R"("91d")", by_reload},
    {"keep", "objects", R"("90d")", R"("91d")", by_reload},
    {"keep", "app_events", R"("90d")", R"("91d")", by_reload},
    {"listen", "address", R"("127.0.0.1")", R"("::1")", by_restart},
    {"listen", "port", "1", "2", by_restart},
    {"listen", "threads", "1", "2", by_restart},
    {"listen", "public_url", R"("http://a")", R"("http://b")", by_reload},
    {"listen", "trusted_proxies", R"(["10.0.0.0/8"])", R"(["10.0.0.0/9"])", by_reload},
    {"listen", "tls", R"({certificate = "a", private_key = "k"})",
     R"({certificate = "b", private_key = "k"})", by_reload},
    {"limits", "body", R"("1MiB")", R"("2MiB")", by_reload},
    {"limits", "header", R"("1KiB")", R"("2KiB")", by_reload},
    {"limits", "connections", "1", "2", by_reload},
    {"limits", "connections_per_address", "1", "2", by_reload},
    {"limits", "header_timeout", R"("1s")", R"("2s")", by_reload},
    {"limits", "body_timeout", R"("1s")", R"("2s")", by_reload},
    {"limits", "idle_timeout", R"("1s")", R"("2s")", by_reload},
    {"limits", "stop_timeout", R"("1s")", R"("2s")", by_reload},
    {"limits", "queue", "1", "2", by_restart},
    {"limits", "queue_bytes", R"("1MiB")", R"("2MiB")", by_restart},
    {"limits", "body_in_memory", R"("1MiB")", R"("2MiB")", by_reload},
    {"limits", "bodies_in_memory", R"("1MiB")", R"("2MiB")", by_reload},
    {"limits", "free_space", R"("1MiB")", R"("2MiB")", by_reload},
    {"queries", "deadline", R"("1m")", R"("2m")", by_restart},
    {"alerts", "overdue", "1", "2", by_reload},
    {"alerts", "refused", "1", "2", by_reload},
    {"log", "level", R"("info")", R"("debug")", by_reload},
    {"log", "format", R"("text")", R"("json")", by_reload},
    {"[route]", "path", R"("/a")", R"("/b")", by_reload},
    {"[route]", "postbacksecret", R"("file:/a")", R"("file:/b")", by_reload},
    {"[route]", "authorization", R"([{key = "k", token = "file:/a"}])", R"([{key = "k", token = "file:/b"}])",
     by_reload},
    {"[route]", "query_keys", R"(["file:/a"])", R"(["file:/b"])", by_reload},
    {"[route]", "unregistered", R"("keep")", R"("deliver")", by_reload},
    {"[route]", "allow", R"(["10.0.0.1"])", R"(["10.0.0.2"])", by_reload},
    {"[route]", "prefer_utf8", "true", "false", by_reload},
    {"[route]", "open", "true", "false", by_reload},
    {"admin", "socket", R"("/a")", R"("/b")", by_restart},
    {"admin", "port", "1", "2", by_restart},
    {"admin", "address", R"("127.0.0.1")", R"("::1")", by_restart},
    {"api", "socket", R"("/a")", R"("/b")", by_restart},
    {"api", "port", "1", "2", by_restart},
    {"api", "address", R"("127.0.0.1")", R"("::1")", by_restart},
    {"api", "insecure", "true", "false", by_restart},
    {"api", "audit", R"("90d")", R"("91d")", by_restart},
    {"api", "page", "true", "false", by_restart},
    {"api", "tls", R"({certificate = "a", private_key = "k"})", R"({certificate = "b", private_key = "k"})",
     by_reload},
    {"api", "origins", R"(["https://a"])", R"(["https://b"])", by_reload},
    {"api", "client", R"([{name = "a", token = "file:/a", scopes = ["read"]}])",
     R"([{name = "a", token = "file:/a", scopes = ["read", "submit"]}])", by_reload},
    {"[handler]", "name", R"("a")", R"("b")", by_restart},
    {"[handler]", "kind", R"("exec")", R"("file")", by_restart},
    {"[handler]", "command", R"(["/bin/true"])", R"(["/bin/false"])", by_restart},
    {"[handler]", "match", R"({label = "a"})", R"({label = "b"})", by_restart},
    {"[handler]", "timeout", R"("1s")", R"("2s")", by_restart},
    {"[handler]", "concurrency", "1", "2", by_restart},
    {"[handler]", "order", R"("none")", R"("arrival")", by_restart},
    {"[handler]", "circuit", "1", "2", by_restart},
    {"[handler]", "signing_secret", R"("file:/a")", R"("file:/b")", by_restart},
    {"[handler]", "retry", R"({max = "1h"})", R"({max = "2h"})", by_restart},
    {"[handler]", "retry", R"({factor = 1.5})", R"({factor = 2.5})", by_restart},
    {"platform", "base_url", R"("http://a")", R"("http://b")", by_restart},
    {"platform", "access_token", R"("file:/a")", R"("file:/b")", by_restart},
    {"platform", "token_id", R"("file:/a")", R"("file:/b")", by_restart},
    {"platform", "route", R"("/postback")", R"("/other")", by_restart},
    {"platform", "rate", "1.0", "2.0", by_restart},
    {"platform", "concurrency", "1", "2", by_restart},
    {"platform", "expires", R"("1d")", R"("2d")", by_restart},
    {"platform", "timeout", R"("1s")", R"("2s")", by_restart},
    {"platform", "retry", R"({first = "1s"})", R"({first = "2s"})", by_restart},
    {"platform", "hooks", R"("postbacksecret")", R"("authorization")", by_restart},
    {"platform", "resubmit", "true", "false", by_restart},
    {"fanbase", "enabled", "true", "false", by_restart},
    {"fanbase", "client", R"([{id = "a", secret = "file:/a"}])", R"([{id = "b", secret = "file:/a"}])",
     by_restart},
    {"fanbase", "event_zone", R"("Z")", R"("-03:00")", by_restart},
    {"fanbase", "token_lifetime", R"("1h")", R"("2h")", by_restart},
    {"fanbase", "tokens", "1", "2", by_restart},
    {"fanbase", "body", R"("1MiB")", R"("2MiB")", by_restart},
    {"fanbase", "api", R"("people")", R"("companies")", by_restart},
    {"fanbase", "datasets", R"("a")", R"("b")", by_restart},
    {"fanbase", "accept_unknown_documents", "true", "false", by_restart},
};

// A whole file in which the key has this value; the others have what it needs beside it.
std::string file_with(const Key& key, const std::string& value)
{
  const std::string table = key.table;
  std::map<std::string, std::map<std::string, std::string>> tables{
      {"listen", {{"public_url", R"("http://h")"}}},
      {"[route]", {{"path", R"("/postback")"}, {"postbacksecret", R"("file:/s")"}}}};
  if (table == "admin") tables[table] = {{"port", "1"}};
  if (table == "api")
    tables[table] = {{"port", "1"}, {"client", R"([{name = "a", token = "file:/a", scopes = ["read"]}])"}};
  if (table == "store" && (key.key == std::string("password") || key.key == std::string("commit_timeout")))
    tables[table] = {{"url", R"("postgresql://a/b")"}};
  if (key.key == std::string("open"))
    tables[table] = {{"path", R"("/postback")"}, {"query_keys", R"("file:/s")"}};
  if (table == "[handler]") tables[table] = {{"name", R"("h")"}, {"kind", R"("exec")"}};
  if (table == "platform") tables[table] = {{"access_token", R"("file:/t")"}, {"token_id", R"("file:/t")"}};
  if (table == "fanbase")
    tables[table] = {{"enabled", "true"}, {"client", R"([{id = "a", secret = "file:/a"}])"}};
  tables[table][key.key] = value;
  std::string text = "[[route]]\npath = \"/other\"\npostbacksecret = \"file:/s\"\n";
  for (const auto& [name, values] : tables) {
    text += "[" + name + "]\n";
    for (const auto& [each, of_each] : values)
      text += each + " = " + of_each + "\n";
  }
  return text;
}

// `table key` of each row of docs/configuration.md.
std::set<std::string> documented_keys()
{
  std::set<std::string> found;
  std::istringstream lines(read_file(CONFIGURATION_MD));
  std::string table;
  std::smatch match;
  const std::regex word("`([a-z0-9_]+)`");
  for (std::string line; std::getline(lines, line);) {
    if (std::regex_match(line, match, std::regex(R"(## \[(\[?[a-z]+\]?)\])"))) table = match[1];
    if (line.starts_with("## ") && !line.starts_with("## [")) table.clear();
    if (table.empty() || !line.starts_with("| `")) continue;
    const std::string cell = line.substr(0, line.find('|', 2));
    for (std::sregex_iterator key(cell.begin(), cell.end(), word), end; key != end; ++key)
      found.insert(table + " " + (*key)[1].str());
  }
  return found;
}

} // namespace

BOOST_AUTO_TEST_SUITE(reload)

BOOST_AUTO_TEST_CASE(every_documented_key_is_known_here)
{
  std::set<std::string> known;
  for (const Key& key : keys)
    known.insert(std::string(key.table) + " " + key.key);
  const std::set<std::string> documented = documented_keys();
  BOOST_TEST(documented.size() > 45u);
  for (const std::string& key : documented)
    BOOST_TEST(known.contains(key), "no row of this test for " << key);
}

BOOST_AUTO_TEST_CASE(every_key_is_either_fixed_or_reloadable)
{
  TemporaryDirectory directory;
  for (const Key& key : keys) {
    const std::string name = std::string(key.table) + " " + key.key;
    const Configuration first = load_configuration(directory.write("c.toml", file_with(key, key.first)));
    const Configuration again =
        load_configuration(directory.write("c.toml", "\n" + file_with(key, key.first)));
    const Configuration second = load_configuration(directory.write("c.toml", file_with(key, key.second)));
    BOOST_TEST((first.fixed == again.fixed && first.live == again.live), name); // only moved by a line
    BOOST_TEST((first.fixed != second.fixed) == (key.taken == Taken::by_restart), name);
    BOOST_TEST((first.live != second.live) == (key.taken == Taken::by_reload), name);
    BOOST_TEST(changed_tables(first.fixed, second.fixed).empty() == (key.taken == Taken::by_reload), name);
  }
}

BOOST_AUTO_TEST_CASE(a_changed_key_that_needs_a_restart_is_named_in_the_log)
{
  Daemon daemon({.more = "[[handler]]\nname = \"h\"\nkind = \"exec\"\ncommand = [\"/bin/true\"]\n"
                         "match = { label = \"a\" }\nretry = { max = \"1h\", factor = 2.0 }\n"});
  std::string text = read_file(daemon.configuration());
  text.replace(text.find("label = \"a\""), 11, "label = \"b\"");
  std::ofstream(daemon.configuration()) << text;
  daemon.hang_up();
  BOOST_TEST(eventually([&] { return daemon.log().find("event=reloaded") != std::string::npos; }));
  BOOST_TEST(daemon.log().find("need a restart: [[handler]]") != std::string::npos);
}

// Our own submissions are signed with the key that is valid now.
BOOST_AUTO_TEST_CASE(query_keys_are_rotated_by_a_reload_while_we_submit)
{
  const Simulator simulator;
  const TemporaryDirectory files;
  const std::string first = files.write("first", std::string(32, 'a') + "\n").string();
  const std::string second = files.write("second", std::string(32, 'b') + "\n").string();
  const ListeningSocket socket;
  const Daemon::Options options{.route = "query_keys = [\"file:" + first + "\"]\n",
                                .more = simulator.section(files),
                                .public_url = "http://127.0.0.1:" + std::to_string(socket.port()),
                                .inherited_socket = socket.descriptor()};
  Daemon daemon(options);
  const auto submit = [&](const char* q) {
    return daemon.ctl({"submit", "--api", "people", "--datasets", "d", "--q", q, "--wait"});
  };
  BOOST_TEST(submit("doc{1}").find("QueryId") != std::string::npos);
  std::string text = read_file(daemon.configuration());
  text.replace(text.find(first), first.size(), second);
  std::ofstream(daemon.configuration()) << text;
  daemon.hang_up();
  BOOST_TEST(eventually([&] { return daemon.log().find("event=reloaded") != std::string::npos; }));
  BOOST_TEST(submit("doc{2}").find("QueryId") != std::string::npos);
  BOOST_TEST(daemon.log().find("wrong Postbacksecret") == std::string::npos);
  BOOST_TEST(daemon.query("SELECT group_concat(DISTINCT state) FROM v_queries") == "answered");
}

BOOST_AUTO_TEST_SUITE_END()
