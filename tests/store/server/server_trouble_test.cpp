// What is kept while the server has a trouble of its own, and that all goes on by itself after it.
#include <fstream>

#include "store/contract/contract_fixture.hpp"
#include "support/listening_socket.hpp"
#include "support/machine.hpp"
#include "support/postgresql_server.hpp"

using namespace postbackd;
using namespace postbackd::test;
using namespace postbackd::test::contract;
using namespace std::chrono_literals;

namespace
{

bool names(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

// A store on a server of its own.
class Trouble
{
public:
  explicit Trouble(const PostgresqlServer::Options& options = {}) : server(options) {}

  void open(const std::string& address, const std::string& password = {})
  {
    store::StoreOptions options;
    options.server = store::ServerAddress{address, password};
    options.busy_timeout = 2s;
    store_ = store::open(options);
  }
  base::Result<model::Kept> keep(const std::string& id)
  {
    boost::asio::io_context io;
    const model::Postback postback = postback_of(result_of(id), clock_.now());
    auto kept =
        boost::asio::co_spawn(io, store_->postbacks().keep(postback, clock_.now()), boost::asio::use_future);
    io.run();
    return kept.get();
  }
  void must_keep(const std::string& id)
  {
    const auto kept = keep(id);
    BOOST_REQUIRE_MESSAGE(kept, kept.error().message);
  }
  // Keeps nothing, and says why; the first word may be that the connection is lost.
  bool fails_with(const std::string& why)
  {
    return eventually([&] {
      const auto kept = keep("lost");
      BOOST_REQUIRE(!kept);
      BOOST_TEST((kept.error().code == base::Errc::unavailable), kept.error().message);
      BOOST_TEST(!names(kept.error().message, "secret"));
      return names(kept.error().message, why);
    });
  }
  bool goes_on(const std::string& id)
  {
    return eventually([&] { return keep(id).has_value(); }, 60s);
  }
  std::string kept_ids() const
  {
    return server.psql(url, "SELECT string_agg(query_id, ' ' ORDER BY receipt) FROM postbackd.v_postbacks");
  }
  // Ends the connections of the store, as a server does that starts again.
  void disconnect(const std::string& user = "postbackd") const
  {
    server.psql(url, "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name = "
                     "'postbackd' AND usename = '" +
                         user + "'");
  }

  PostgresqlServer server;
  std::string url = server.new_database();

private:
  ManualClock clock_;
  std::unique_ptr<store::Store> store_;
};

} // namespace

BOOST_AUTO_TEST_SUITE(server_trouble)

BOOST_AUTO_TEST_CASE(a_replica_only_reads_until_it_is_promoted)
{
  Trouble trouble;
  trouble.open(trouble.url);
  trouble.must_keep("before");
  trouble.server.restart_as_replica();
  BOOST_TEST(trouble.fails_with("read-only"));
  BOOST_TEST(trouble.kept_ids() == "before");
  trouble.server.promote();
  BOOST_TEST(trouble.goes_on("after"));
  BOOST_TEST(trouble.kept_ids() == "before after");
}

BOOST_AUTO_TEST_CASE(a_server_without_a_free_connection)
{
  Trouble trouble;
  trouble.server.psql(trouble.url, "CREATE ROLE app LOGIN; GRANT CREATE ON DATABASE store_1 TO app");
  const std::string url = "postgresql:///store_1?user=app&host=" + trouble.server.folder().string();
  trouble.open(url);
  trouble.must_keep("before");
  trouble.server.psql(trouble.url, "ALTER ROLE app CONNECTION LIMIT 0");
  trouble.disconnect("app");
  BOOST_TEST(trouble.fails_with("too many connections"));
  trouble.server.psql(trouble.url, "ALTER ROLE app CONNECTION LIMIT -1");
  BOOST_TEST(trouble.goes_on("after"));
  BOOST_TEST(trouble.kept_ids() == "before after");
}

BOOST_AUTO_TEST_CASE(a_password_that_was_changed)
{
  Trouble trouble;
  trouble.server.psql(trouble.url, "CREATE ROLE app LOGIN PASSWORD 'first-secret'; "
                                   "GRANT CREATE ON DATABASE store_1 TO app");
  std::ofstream(trouble.server.folder() / "data/pg_hba.conf")
      << "local all app scram-sha-256\nlocal all all trust\n";
  trouble.server.psql(trouble.url, "SELECT pg_reload_conf()");
  trouble.open("postgresql:///store_1?user=app&host=" + trouble.server.folder().string(), "first-secret");
  trouble.must_keep("before");
  trouble.server.psql(trouble.url, "ALTER ROLE app PASSWORD 'second-secret'");
  trouble.disconnect("app");
  BOOST_TEST(trouble.fails_with("password"));
  trouble.server.psql(trouble.url, "ALTER ROLE app PASSWORD 'first-secret'");
  BOOST_TEST(trouble.goes_on("after"));
  BOOST_TEST(trouble.kept_ids() == "before after");
}

// PostgreSQL ends itself when its log cannot grow; somebody frees space and starts it again.
BOOST_AUTO_TEST_CASE(a_full_disk_of_the_server, *boost::unit_test::precondition(can_mount))
{
  const SmallDisk disk("160m");
  Trouble trouble({.folder = disk.directory().path(), .settings = {"max_wal_size=32MB"}});
  trouble.open(trouble.url);
  trouble.must_keep("before");
  const std::filesystem::path filler = disk.directory() / "filler";
  run({"sh", "-c", "head -c 1G /dev/zero > " + filler.string()});
  std::string kept = "before";
  std::string why;
  for (int i = 0; i < 20'000 && why.empty(); ++i) {
    const std::string id = "q-" + std::to_string(i);
    if (const auto answer = trouble.keep(id))
      kept += " " + id;
    else
      why = answer.error().message;
  }
  BOOST_REQUIRE(!why.empty());
  std::filesystem::remove(filler);
  trouble.server.restart();
  BOOST_TEST(trouble.goes_on("after"));
  const std::string found = trouble.kept_ids();
  BOOST_TEST((found == kept + " after"), why << ": " << kept << " and " << found);
}

// A server on a port of 127.0.0.1, with a certificate for `localhost` by an authority of its own.
BOOST_AUTO_TEST_CASE(the_server_must_prove_who_it_is)
{
  const unsigned short port = ListeningSocket().port(); // free a moment ago
  Trouble trouble({.port = port});
  const std::filesystem::path folder = trouble.server.folder();
  const auto shell = [&](const std::string& commands) {
    const Output output = run({"sh", "-ec", "cd " + folder.string() + "; " + commands}, {.as_nobody = true});
    BOOST_REQUIRE_MESSAGE(output.code == 0, output.out);
  };
  for (const std::string name : {"ca", "stranger"})
    shell("openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=" + name + " -keyout " + name +
          ".key -out " + name + ".pem");
  shell("openssl req -newkey rsa:2048 -nodes -subj /CN=localhost -keyout data/server.key -out server.csr; "
        "openssl x509 -req -days 2 -in server.csr -CA ca.pem -CAkey ca.key -CAcreateserial -out "
        "data/server.crt; chmod 600 data/server.key");
  std::ofstream(folder / "data/pg_hba.conf") << "hostssl all all 127.0.0.1/32 trust\nlocal all all trust\n";
  trouble.server.psql(trouble.url, "ALTER SYSTEM SET ssl = on");
  trouble.server.psql(trouble.url, "SELECT pg_reload_conf()");
  const auto address = [&](const std::string& host, const std::string& authority) {
    return "postgresql://postbackd@" + host + ":" + std::to_string(port) +
           "/store_1?hostaddr=127.0.0.1&sslmode=verify-full" +
           "&sslrootcert=" + (folder / authority).string();
  };
  BOOST_TEST(eventually([&] {
    try {
      trouble.open(address("localhost", "ca.pem"));
      return true;
    } catch (const base::Failure&) { // it has not read its configuration
      return false;
    }
  }));
  trouble.must_keep("q-1");
  BOOST_TEST(trouble.server.psql(trouble.url,
                                 "SELECT bool_and(s.ssl) FROM pg_stat_ssl s JOIN pg_stat_activity a "
                                 "USING (pid) WHERE a.application_name = 'postbackd'") == "t");
  for (const auto& wrong : {address("localhost", "stranger.pem"), address("elsewhere", "ca.pem")})
    BOOST_CHECK_EXCEPTION(trouble.open(wrong), base::Failure,
                          [](const base::Failure& e) { return names(e.what(), "certificate"); });
}

BOOST_AUTO_TEST_SUITE_END()
