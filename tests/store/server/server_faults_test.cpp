// What is kept when the connection to the server ends in the middle: never a receipt without its row, never
// two rows.
#include "store/contract/contract_fixture.hpp"
#include "support/cutting_proxy.hpp"
#include "support/postgresql_server.hpp"

using namespace postbackd;
using namespace postbackd::test;
using namespace postbackd::test::contract;
using namespace std::chrono_literals;

namespace
{

struct Cut {
  PostgresqlServer& server = PostgresqlServer::of_program();
  TemporaryDirectory directory;
  std::string url = server.new_database();
  CuttingProxy proxy{directory / ".s.PGSQL.5432", server.socket()};
  ManualClock clock;
  std::unique_ptr<store::Store> store;

  Cut()
  {
    store::StoreOptions options;
    const std::string database = url.substr(0, url.find('?'));
    options.server = store::ServerAddress{database + "?user=postbackd&host=" + directory.path().string(), ""};
    options.lease = 600s; // the writer alone is on the way
    store = store::open(options);
  }
  base::Result<model::Kept> keep(const std::string& body)
  {
    boost::asio::io_context io;
    const model::Postback postback = postback_of(body, clock.now());
    auto kept =
        boost::asio::co_spawn(io, store->postbacks().keep(postback, clock.now()), boost::asio::use_future);
    io.run();
    return kept.get();
  }
  std::string psql(const std::string& sql) const { return server.psql(url, sql); }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(server_faults, Cut)

BOOST_AUTO_TEST_CASE(a_cut_at_any_byte_loses_and_doubles_nothing)
{
  (void)keep(result_of("warm")); // statements are prepared
  int cuts = 0;
  int acknowledged = 0;
  for (const auto way : {CuttingProxy::Way::to_server, CuttingProxy::Way::to_client}) {
    const long step = way == CuttingProxy::Way::to_server ? 211 : 37;
    bool was_cut = true;
    for (long bytes = 0; was_cut; bytes += step) {
      const std::string id = "cut-" + std::to_string(cuts++);
      psql("INSERT INTO postbackd.queries (query_id) VALUES ('" + id + "')");
      proxy.cut_after(way, bytes);
      const auto kept = keep(result_of(id));
      was_cut = proxy.has_cut();
      proxy.cut_after(way, -1);
      if (kept)
        BOOST_TEST(psql("SELECT count(*) FROM postbackd.v_results WHERE query_id = '" + id + "'") == "1");
      else
        BOOST_TEST((kept.error().code == base::Errc::unavailable), kept.error().message);
      acknowledged += kept.has_value();
      BOOST_REQUIRE(eventually([&] { return keep(result_of(id)).has_value(); })); // the sender tries again
      BOOST_TEST(psql("SELECT count(*) FROM postbackd.v_postbacks WHERE query_id = '" + id + "'") == "1", id);
    }
  }
  BOOST_TEST(cuts > 20);
  BOOST_TEST(acknowledged > 2); // the last ones, and those whose commit was found
  BOOST_TEST(psql("SELECT count(*) FROM postbackd.v_events WHERE event = 'result'") == std::to_string(cuts));
}

BOOST_AUTO_TEST_CASE(a_lock_that_stays_is_unavailable_and_over_by_itself)
{
  store::StoreOptions options;
  options.server = store::ServerAddress{url, ""};
  options.busy_timeout = 50ms;
  store.reset();
  store = store::open(options);
  {
    // A program that has registered and does not commit.
    const Process holder(
        {PostgresqlServer::program("psql"), "-X", "-q", url, "-c",
         "BEGIN; INSERT INTO postbackd.queries (query_id) VALUES ('held'); SELECT pg_sleep(600)"},
        {.as_nobody = true, .output = directory / "psql"});
    BOOST_REQUIRE(eventually([&] {
      return psql("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND granted AND objid = 1") ==
             "1";
    }));
    const auto kept = keep("x");
    BOOST_REQUIRE(!kept);
    BOOST_TEST((kept.error().code == base::Errc::unavailable));
    BOOST_TEST(eventually([&] { // who it is
      const auto figures = store->postbacks().figures(clock.now());
      return figures && figures->server.find("keeps the receivers waiting") != std::string::npos;
    }));
  }
  psql(
      "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND granted AND objid = 1");
  BOOST_TEST(eventually([&] { return keep("x").has_value(); }));
}

BOOST_AUTO_TEST_SUITE_END()
