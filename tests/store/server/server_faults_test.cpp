// What is kept when the connection to the server ends in the middle: never a receipt without its row, never
// two rows.
#include <future>

#include "sql/statement.hpp"
#include "store/contract/contract_fixture.hpp"
#include "store/postgresql/group_writer.hpp"
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

// A server that waits for a standby which is not there: each commit hangs, until its wait is cancelled.
class MissingStandby
{
public:
  explicit MissingStandby(const Cut& cut) : cut_(cut) { set("'nobody'"); }
  ~MissingStandby() { set("DEFAULT"); }

  // Cancels the wait of the next commit.
  bool cancel_wait() const
  {
    return eventually([&] {
      return cut_.psql("SELECT count(pg_cancel_backend(pid)) FROM pg_stat_activity"
                       " WHERE wait_event = 'SyncRep'") == "1";
    });
  }

private:
  void set(const std::string& names) const
  {
    const std::string shown = names == "DEFAULT" ? "" : "nobody";
    cut_.psql("ALTER SYSTEM SET synchronous_standby_names = " + names);
    cut_.psql("SELECT pg_reload_conf()");
    if (!eventually([&] { return cut_.psql("SHOW synchronous_standby_names") == shown; }))
      throw std::runtime_error("the server has not taken synchronous_standby_names");
  }

  const Cut& cut_;
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(server_faults, Cut)

BOOST_AUTO_TEST_CASE(a_cut_at_any_byte_loses_and_doubles_nothing)
{
  (void)keep(result_of("warm")); // statements are prepared
  int cuts = 0;
  int acknowledged = 0;
  for (const auto way : {CuttingProxy::Way::to_server, CuttingProxy::Way::to_client}) {
    const long step = way == CuttingProxy::Way::to_server ? 31 : 37; // each falls into the COMMIT
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

// The row is on one machine only, and PostgreSQL calls it a success.
BOOST_AUTO_TEST_CASE(a_commit_that_has_not_waited_for_its_standby_is_no_200)
{
  const std::string result = result_of("q-1");
  {
    const MissingStandby standby(*this);
    auto kept = std::async(std::launch::async, [&] { return keep(result); });
    BOOST_TEST(standby.cancel_wait());
    BOOST_TEST(!kept.get());
  }
  const auto again = keep(result); // the sender tries again
  BOOST_REQUIRE(again);
  BOOST_TEST(again->repeat);
  BOOST_TEST(psql("SELECT count(*) FROM postbackd.v_postbacks") == "1");
}

// Whatever becomes of the group that gives back: a deadline, a full disk.
BOOST_AUTO_TEST_CASE(what_an_unknown_group_has_claimed_is_given_back_by_the_first_that_commits)
{
  (void)keep("x");
  psql("INSERT INTO postbackd.queries (query_id) VALUES ('q-1')");
  const std::vector<store::HandlerState> handlers{{"h", "exec", false, 0, {}, 0}};
  store->deliveries().open(handlers, 0, clock.now());
  BOOST_REQUIRE(keep(result_of("q-1")));
  const auto event = store->deliveries().events_after(0, 10).front();
  store->deliveries().advance(
      {.reports = {}, .deliveries = {{event.id, "h"}}, .routed = event.id, .capacities = {}, .changed = {}},
      clock.now());

  postgresql::ConnectionOptions options;
  options.url = url;
  store::postgresql::GroupWriter writer(options, "test");
  const auto state = [&] { return psql("SELECT state FROM postbackd.deliveries"); };
  {
    const MissingStandby standby(*this);
    BOOST_REQUIRE(!writer.begin());
    sql::Statement claim(writer.database(), "UPDATE deliveries SET state = 'running', claimed_by = ?1");
    sql::bind_text(claim, 1, writer.claim_name());
    BOOST_TEST(claim.exec() == 1);
    auto committed = std::async(std::launch::async, [&] { writer.commit(); });
    BOOST_TEST(standby.cancel_wait());
    BOOST_CHECK_THROW(committed.get(), sql::Failure);
  }
  writer.roll_back();
  BOOST_TEST(state() == "running");
  BOOST_REQUIRE(!writer.begin());
  writer.roll_back(); // what it gave back is lost with it
  BOOST_TEST(state() == "running");
  BOOST_REQUIRE(!writer.begin());
  writer.commit();
  BOOST_TEST(state() == "due");
}

BOOST_AUTO_TEST_SUITE_END()
