// Many connections, and a disk that is full.
#include <boost/test/unit_test.hpp>

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

} // namespace

BOOST_AUTO_TEST_SUITE(endurance)

BOOST_AUTO_TEST_CASE(ten_thousand_idle_connections_cost_little_and_hinder_nobody)
{
  constexpr std::size_t many = 10'000; // of 20,000 descriptors that each process may have here
  raise_descriptor_limit();
  Daemon daemon({.limits = "connections = 11000\n"});
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

BOOST_AUTO_TEST_CASE(a_full_file_system_gets_503_loses_nothing_and_is_over_by_itself)
{
  const SmallDisk disk("6m");
  if (!disk.is_mounted()) {
    BOOST_TEST_MESSAGE("no right to mount: tests/store/faults_test.cpp injects the fault instead");
    return;
  }
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
  // Room is made.
  BOOST_REQUIRE(::mount("tmpfs", disk.directory().path().c_str(), "tmpfs", MS_REMOUNT, "size=64m") == 0);
  BOOST_TEST(eventually([&daemon] { return daemon.post(R"({"QueryId":"after"})").status == 200; }));
  for (const std::string& receipt : receipts)
    BOOST_REQUIRE(daemon.sqlite("SELECT count(*) FROM v_bodies WHERE json_valid(json) AND receipt = " +
                                receipt) == "1");
  BOOST_TEST(daemon.sqlite("PRAGMA integrity_check") == "ok");
  BOOST_TEST(daemon.stop() == 0);
}

BOOST_AUTO_TEST_SUITE_END()
