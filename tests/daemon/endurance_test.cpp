// Many connections, and a full disk.
#include <boost/test/unit_test.hpp>

#include <filesystem>
#include <memory>
#include <sys/mount.h>
#include <sys/resource.h>

#include "support/daemon.hpp"
#include "support/machine.hpp"

using namespace postbackd::test;

namespace
{

void raise_descriptor_limit()
{
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

// Another program, which runs the statements and then holds what they have locked.
struct Holder {
  Holder(const Daemon& daemon, const std::string& statements)
      : output(daemon.directory() / "holder.log"),
        process({"python3",
                 daemon.directory()
                     .write("holder.py", "import sqlite3, sys, time\n"
                                         "store = sqlite3.connect(sys.argv[1], isolation_level=None)\n"
                                         "for statement in sys.argv[2].split('; '):\n"
                                         "    store.execute(statement).fetchall()\n"
                                         "print('holding', flush=True)\n"
                                         "time.sleep(60)\n")
                     .string(),
                 daemon.store().string(), statements},
                {{}, false, output})
  {
    BOOST_REQUIRE(eventually([&] { return read_file(output).starts_with("holding"); }));
  }

  std::filesystem::path output;
  Process process;
};

} // namespace

BOOST_AUTO_TEST_SUITE(endurance)

BOOST_AUTO_TEST_CASE(who_holds_the_write_lock_is_named_in_the_log)
{
  Daemon daemon({.store = "busy_timeout = \"100ms\"\n"});
  const Holder holder(daemon, "BEGIN IMMEDIATE");
  BOOST_TEST(daemon.post("{}").status == 503);
  const std::string name = "held by pid " + std::to_string(holder.process.pid()) + " (python3";
  BOOST_TEST(eventually([&] { return daemon.log().find(name) != std::string::npos; }));
}

BOOST_AUTO_TEST_CASE(ten_thousand_idle_connections_cost_little_and_delay_nobody)
{
  constexpr std::size_t many = 10'000; // of 20,000 descriptors that each process may have here
  raise_descriptor_limit();
  Daemon daemon({.limits = "connections = 11000\nconnections_per_address = 0\n"});
  std::vector<std::unique_ptr<RawConnection>> idle;
  const std::string request = to_bytes({.body = R"({"QueryId":"idle"})", .keep_alive = true});
  for (std::size_t i = 0; i < many; ++i) {
    idle.push_back(std::make_unique<RawConnection>(daemon.port()));
    // Each has carried a request and could carry another.
    if (i % 10 == 0) {
      idle.back()->send(request);
      BOOST_REQUIRE(parse_answer(idle.back()->read_answer()).status == 200);
    }
  }
  BOOST_TEST(daemon.post("{}").status == 200);
  BOOST_TEST(daemon.open_descriptors() > many);
  const long resident = status_of(daemon.pid(), "VmRSS");
  BOOST_TEST_MESSAGE(many << " connections: " << resident / 1024 << " MiB resident");
  if (!sanitized) BOOST_TEST(resident < 200 * 1024);
  idle.clear();
  BOOST_TEST(eventually([&daemon] { return daemon.open_descriptors() < 100; }));
  BOOST_TEST(daemon.stop() == 0);
}

BOOST_AUTO_TEST_CASE(a_reader_that_holds_the_wal_is_named_and_delays_nobody)
{
  Daemon daemon;
  daemon.post("{}");
  Holder reader(daemon, "BEGIN; SELECT count(*) FROM v_queries");
  const auto wal_size = [&] { return std::filesystem::file_size(daemon.store().string() + "-wal"); };
  for (int i = 0; wal_size() < (75u << 20) && i < 200; ++i)
    BOOST_REQUIRE(daemon.post("[" + std::to_string(i) + ",\"" + std::string(1'000'000, 'x') + "\"]").status ==
                  200);
  const std::string name = "reader=\"pid " + std::to_string(reader.process.pid());
  BOOST_TEST(eventually(
      [&] { return daemon.post("{}").status == 200 && daemon.log().find(name) != std::string::npos; }));
  reader.process.send_signal(9);
  reader.process.wait();
  // Then the WAL is restarted, and cut to its limit.
  BOOST_TEST(eventually([&] { return daemon.post("{}").status == 200 && wal_size() <= (65u << 20); }));
  BOOST_TEST(daemon.stop() == 0);
}

// Small postbacks need no new file; a large one gets 503 until its directory can be written again.
BOOST_AUTO_TEST_CASE(in_a_read_only_directory_bodies_that_need_a_file_get_503)
{
  TemporaryDirectory state;
  Daemon::Options options{.folder = state.path()};
  // Root passes every permission check, unless it has lost the capability for it.
  if (::geteuid() == 0) options.under = {"setpriv", "--bounding-set=-dac_override"};
  Daemon daemon(options);
  const std::string large = "[\"" + std::string(3'000'000, 'x') + "\"]";
  BOOST_TEST(daemon.post(large).status == 200);
  std::filesystem::permissions(state.path(), std::filesystem::perms(0500));
  const Answer refused = daemon.post(large);
  BOOST_TEST(refused.status == 503);
  BOOST_TEST(refused.header.find("Retry-After") != std::string::npos);
  BOOST_TEST(daemon.log().find("cannot create a file in") != std::string::npos);
  BOOST_TEST(daemon.post("{}").status == 200);
  std::filesystem::permissions(state.path(), std::filesystem::perms(0700));
  BOOST_TEST(daemon.post(large).status == 200);
  BOOST_TEST(daemon.query("SELECT sum(1 + repeats) FROM v_postbacks") == "3");
  BOOST_TEST(daemon.stop() == 0);
}

BOOST_AUTO_TEST_CASE(postbacks_older_than_keep_are_deleted_at_start)
{
  Daemon daemon({.more = "[keep]\npostbacks = \"30d\"\n"});
  const std::string old = daemon.post(R"({"QueryId":"old"})").receipt();
  daemon.post(R"({"QueryId":"new"})");
  BOOST_TEST(daemon.stop() == 0);
  for (const char* table : {"postbacks", "bodies"})
    daemon.query(std::string("UPDATE ") + table +
                 " SET receipt = receipt - (40 * 86400000 << 12) WHERE receipt = " + old);
  daemon.start();
  BOOST_TEST(eventually([&] { return daemon.log().find("event=removed postbacks=1") != std::string::npos; }));
  BOOST_TEST(daemon.query("SELECT group_concat(query_id) FROM v_postbacks") == "new");
  BOOST_TEST(daemon.query("SELECT count(*) FROM v_bodies") == "1");
}

// The store was last seen long ago: as after a boot with a wrong clock.
BOOST_AUTO_TEST_CASE(a_clock_that_is_far_ahead_deletes_nothing)
{
  Daemon daemon({.more = "[keep]\npostbacks = \"30d\"\n"});
  daemon.post(R"({"QueryId":"old"})");
  daemon.post(R"({"QueryId":"new"})");
  BOOST_TEST(daemon.stop() == 0);
  for (const char* table : {"postbacks", "bodies"})
    daemon.query(std::string("UPDATE ") + table + " SET receipt = receipt - (40 * 86400000 << 12)");
  daemon.query(
      "UPDATE settings SET value = strftime('%Y-%m-%dT%H:%M:%fZ', 'now', '-40 days') WHERE name = 'seen'");
  daemon.start();
  BOOST_TEST(eventually([&] { return daemon.log().find("event=retention_waits") != std::string::npos; }));
  BOOST_TEST(daemon.stop() == 0);
  BOOST_TEST(daemon.log().find("event=removed") == std::string::npos);
  BOOST_TEST(daemon.query("SELECT count(*) FROM v_postbacks") == "2");
}

BOOST_AUTO_TEST_CASE(a_full_file_system_gets_503_loses_nothing_and_recovers_by_itself,
                     *boost::unit_test::precondition(can_mount))
{
  const SmallDisk disk("6m");
  Daemon daemon({.limits = "free_space = \"0\"\n", .folder = disk.directory().path()});
  std::vector<std::string> receipts;
  int refused = 0;
  for (int i = 0; refused < 3 && i < 1'000; ++i) {
    const Answer answer = daemon.post(R"({"QueryId":"q-)" + std::to_string(i) + R"(","a":")" +
                                      std::string(20'000, 'x') + "\"}");
    if (answer.status == 200)
      receipts.push_back(answer.receipt());
    else
      ++refused;
    if (answer.status != 200) BOOST_TEST(answer.status == 503);
  }
  BOOST_TEST(refused == 3);
  BOOST_TEST(receipts.size() > 10u);
  BOOST_TEST(daemon.is_running());
  // Somebody makes room.
  BOOST_REQUIRE(::mount("tmpfs", disk.directory().path().c_str(), "tmpfs", MS_REMOUNT, "size=64m") == 0);
  BOOST_TEST(eventually([&daemon] { return daemon.post(R"({"QueryId":"after"})").status == 200; }));
  for (const std::string& receipt : receipts)
    BOOST_REQUIRE(
        daemon.query("SELECT count(*) FROM v_bodies WHERE json_valid(json) AND receipt = " + receipt) == "1");
  BOOST_TEST(daemon.query("PRAGMA integrity_check") == "ok");
  BOOST_TEST(daemon.stop() == 0);
}

BOOST_AUTO_TEST_SUITE_END()
