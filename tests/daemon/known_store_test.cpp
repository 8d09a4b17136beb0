// A store that was there and is gone: nothing takes its place unasked.
#include "daemon/configuration_fixture.hpp"

using namespace postbackd::test;
namespace fs = std::filesystem;

namespace
{

// A daemon whose store is on a volume.
struct Volume : ConfigurationFixture {
  Volume() : daemon(Daemon::Options{.folder = mounted()})
  {
    daemon.post("{}");
    daemon.ctl({"backup", (directory / "copy").string()});
  }

  fs::path mounted() const
  {
    fs::create_directory(directory / "volume");
    return directory / "volume";
  }
  void unmount()
  {
    fs::rename(directory / "volume", directory / "elsewhere");
    mounted();
  }
  void mount_again()
  {
    fs::remove_all(directory / "volume");
    fs::rename(directory / "elsewhere", directory / "volume");
  }
  Output run_program(std::vector<std::string> command) const
  {
    command.insert(command.begin() + 1, {"--config", daemon.configuration().string()});
    command[0] = program(command[0]);
    return run(command);
  }
  void refuses_to_start(const std::string& why)
  {
    const Output output = run_program({"postbackd"});
    BOOST_TEST(output.code != 0);
    BOOST_TEST(has(output, why), output.out);
  }

  Daemon daemon;
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(known_store, Volume)

BOOST_AUTO_TEST_CASE(a_volume_that_is_not_mounted_is_not_written)
{
  daemon.stop();
  unmount();
  refuses_to_start("there is no store at '" + daemon.store().string() + "'");
  BOOST_TEST(fs::is_empty(directory / "volume"));
  BOOST_TEST(has(run_program({"postbackctl", "store", "init"}), "is its disk mounted?"));
  BOOST_TEST(fs::is_empty(directory / "volume"));
  mount_again();
  daemon.start();
  BOOST_TEST(daemon.query("SELECT count(*) FROM v_postbacks") == "1");
}

BOOST_AUTO_TEST_CASE(a_store_that_is_deleted_is_restored_or_begun_anew_by_a_command)
{
  for (const char* suffix : {"", "-wal", "-shm"})
    fs::remove(daemon.store().string() + suffix);
  BOOST_TEST(daemon.post("{}").status == 503);
  BOOST_TEST(eventually([this] { return !daemon.is_running(); }));
  refuses_to_start("restore FILE");
  fs::resize_file(directory.write("volume/store.sqlite3", ""), 0); // as a repair of the file system leaves it
  refuses_to_start("restore FILE");
  BOOST_TEST(run_program({"postbackctl", "restore", "--replace", (directory / "copy").string()}).code == 0);
  daemon.start();
  BOOST_TEST(daemon.query("SELECT count(*) FROM v_postbacks") == "1");

  daemon.stop();
  fs::remove(daemon.store());
  BOOST_TEST(run_program({"postbackctl", "store", "init", "--new"}).code == 0);
  daemon.start();
  BOOST_TEST(daemon.query("SELECT count(*) FROM v_postbacks") == "0");
}

BOOST_AUTO_TEST_CASE(another_store_is_taken_when_it_is_named_or_restored)
{
  daemon.stop();
  unmount();
  Daemon other({.folder = directory / "volume"});
  other.stop();
  refuses_to_start("this configuration has had the store");
  BOOST_TEST(run_program({"postbackctl", "store", "init"}).code == 0);
  daemon.start();
  daemon.stop();
  BOOST_TEST(run_program({"postbackctl", "restore", "--replace", (directory / "copy").string()}).code == 0);
  daemon.start();
}

BOOST_AUTO_TEST_CASE(a_daemon_that_cannot_note_a_store_makes_none, *boost::unit_test::precondition(as_root))
{
  for (const char* path : {"", "volume"})
    fs::permissions(directory / path, fs::perms(0755));
  fs::create_directory(directory / "state");
  BOOST_REQUIRE(::chown((directory / "state").c_str(), nobody, nobody) == 0);
  BOOST_REQUIRE(::chown((directory / "secret").c_str(), nobody, nobody) == 0);
  std::string text = good();
  text.replace(text.find("/store.sqlite3"), 1, "/state/");
  const Output refused = start(text, {.as_nobody = true});
  BOOST_TEST(refused.code == 1);
  BOOST_TEST(has(refused, "none is made unasked"), refused.out);
  BOOST_TEST(has(refused, "postbackctl --config " + (directory / "c.toml").string() + " store init"),
             refused.out);
  BOOST_TEST(fs::is_empty(directory / "state"));
  // [store] create: the next mistake is another one.
  const std::string made = std::string(text).insert(text.find("[store]\n") + 8, "create = true\n");
  const Output creates = start(made + "[admin]\nsocket = \"/nowhere/admin.sock\"\n", {.as_nobody = true});
  BOOST_TEST(has(creates, "/nowhere/admin.sock"), creates.out);
  BOOST_TEST(!fs::is_empty(directory / "state"));
  for (const auto& file : fs::directory_iterator(directory / "state"))
    fs::remove_all(file);

  BOOST_TEST(
      run({program("postbackctl"), "--config", (directory / "c.toml").string(), "store", "init"}).code == 0);
  // It starts: the next mistake is another one.
  const Output goes_on = start(text + "[admin]\nsocket = \"/nowhere/admin.sock\"\n", {.as_nobody = true});
  BOOST_TEST(has(goes_on, "/nowhere/admin.sock"), goes_on.out);
}

BOOST_AUTO_TEST_SUITE_END()
