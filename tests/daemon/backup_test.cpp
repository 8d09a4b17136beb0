// backup, restore, verify, export.
#include <boost/test/unit_test.hpp>

#include <atomic>
#include <fstream>
#include <thread>

#include "support/daemon.hpp"

using namespace postbackd::test;

namespace
{

Output ctl(const Daemon& daemon, std::vector<std::string> arguments)
{
  arguments.insert(arguments.begin(), {program("postbackctl"), "--config", daemon.configuration().string()});
  return run(arguments);
}

} // namespace

BOOST_AUTO_TEST_SUITE(backup)

// A key that a power failure empties would refuse every result on its way, and the start.
BOOST_AUTO_TEST_CASE(what_is_restored_is_synced_before_it_takes_its_place)
{
  TemporaryDirectory copies;
  const std::string file = (copies / "copy").string();
  {
    Daemon daemon;
    daemon.post("{}");
    daemon.ctl({"backup", file});
  }
  Daemon elsewhere;
  elsewhere.stop();
  const std::string trace = (copies / "trace").string();
  run({"strace", "-f", "-y", "-o", trace, "-e", "trace=fsync,rename", program("postbackctl"), "--config",
       elsewhere.configuration().string(), "restore", file, "--replace"});
  const std::string calls = read_file(trace);
  for (const std::string name : {"store.sqlite3", "query_key"}) {
    const std::size_t synced = calls.find(name + ".new>) ");
    const std::size_t placed = calls.find(name + ".new\", ");
    BOOST_TEST(synced != std::string::npos, calls);
    BOOST_TEST(placed != std::string::npos, calls);
    BOOST_TEST(synced < placed);
  }
}

BOOST_AUTO_TEST_CASE(a_copy_made_under_load_goes_on_elsewhere)
{
  TemporaryDirectory copies;
  const std::string file = (copies / "copy").string();
  std::string receipt;
  std::string hooks;
  {
    Daemon daemon;
    hooks = daemon.ctl({"hooks", "--label", "on its way"});
    receipt = daemon.post(R"({"QueryId":"q-1","Result":[1]})").receipt();
    std::atomic<bool> stop = false;
    std::jthread load([&] {
      for (int i = 0; !stop; ++i)
        daemon.post(R"({"QueryId":"load-)" + std::to_string(i) + "\"}");
    });
    BOOST_TEST(daemon.ctl({"backup", file}).find("query_key") != std::string::npos);
    stop = true;
    load.join();
    BOOST_TEST(ctl(daemon, {"backup", file}).out.find("exists: give another name") != std::string::npos);
    BOOST_TEST(ctl(daemon, {"restore", file, "--replace"}).out.find("stop postbackd") != std::string::npos);
  }
  Daemon elsewhere;
  BOOST_TEST(elsewhere.stop() == 0);
  BOOST_TEST(ctl(elsewhere, {"restore", file}).out.find("--replace keeps it") != std::string::npos);
  BOOST_TEST(ctl(elsewhere, {"restore", file, "--replace"}).code == 0);
  BOOST_TEST(std::filesystem::exists(elsewhere.store().string() + ".before-restore"));
  elsewhere.start();
  BOOST_TEST(elsewhere.query("SELECT query_id FROM v_postbacks WHERE receipt = " + receipt) == "q-1");
  // The secret that the platform was given is still good, and new receipts are new.
  const std::size_t id = hooks.find("/q/") + 3;
  const std::size_t secret = hooks.find("postbacksecret{") + 15;
  const Answer answer = send(elsewhere.port(), {.path = "/postback/q/" + hooks.substr(id, 32),
                                                .body = R"({"QueryId":"q-2","Result":[2]})",
                                                .fields = {"Postbacksecret: " + hooks.substr(secret, 64)}});
  BOOST_TEST(answer.status == 200);
  BOOST_TEST(std::stoll(answer.receipt()) > std::stoll(receipt));
  BOOST_TEST(elsewhere.query("SELECT state FROM v_queries WHERE label = 'on its way'") == "answered");
  BOOST_TEST(elsewhere.ctl({"verify"}) == "good\n");
}

// A file copy of a store that was open: a part of it is in the WAL.
BOOST_AUTO_TEST_CASE(half_a_store_is_not_restored)
{
  Daemon daemon;
  daemon.post("{}");
  for (const char* suffix : {"", "-wal"})
    std::filesystem::copy(daemon.store().string() + suffix,
                          (daemon.directory() / "copied").string() + suffix);
  daemon.stop();
  const Output refused = ctl(daemon, {"restore", (daemon.directory() / "copied").string(), "--replace"});
  BOOST_TEST(refused.code == 1);
  BOOST_TEST(refused.out.find("is incomplete without") != std::string::npos, refused.out);
  BOOST_TEST(!std::filesystem::exists(daemon.store().string() + ".before-restore"));
}

// Where there are no hard links, a crash in the middle of a restore leaves the store only there.
BOOST_AUTO_TEST_CASE(the_store_before_a_restore_is_lost_to_no_other_restore)
{
  Daemon daemon;
  const std::string file = (daemon.directory() / "copy").string();
  daemon.ctl({"backup", file});
  const std::string receipt = daemon.post("{}").receipt();
  daemon.stop();
  const std::string before = daemon.store().string() + ".before-restore";
  std::filesystem::rename(daemon.store(), before);
  const Output refused = ctl(daemon, {"restore", before});
  BOOST_TEST(refused.out.find("move it first") != std::string::npos, refused.out);
  std::filesystem::copy(file, daemon.store().string() + ".new");
  BOOST_TEST(ctl(daemon, {"restore", daemon.store().string() + ".new"}).code == 1);
  BOOST_TEST(std::filesystem::exists(daemon.store().string() + ".new"));
  const Output restored = ctl(daemon, {"restore", file});
  BOOST_TEST(restored.code == 0, restored.out);
  BOOST_TEST(run({"sqlite3", before, "SELECT max(receipt) FROM postbacks"}).out == receipt + "\n");
}

// What a crash between the two renames leaves.
BOOST_AUTO_TEST_CASE(an_interrupted_restore_loses_no_wal)
{
  Daemon daemon;
  const std::string file = (daemon.directory() / "copy").string();
  daemon.ctl({"backup", file});
  const std::string receipt = daemon.post("{}").receipt();
  daemon.kill();
  const std::string store = daemon.store();
  BOOST_TEST_REQUIRE(std::filesystem::file_size(store + "-wal") > 0);
  std::filesystem::create_hard_link(store, store + ".before-restore");
  std::filesystem::rename(store + "-wal", store + ".before-restore-wal");
  BOOST_TEST(ctl(daemon, {"restore", file, "--replace"}).code == 0);
  BOOST_TEST(run({"sqlite3", store + ".before-restore", "SELECT max(receipt) FROM postbacks"}).out ==
             receipt + "\n");
  daemon.start();
  BOOST_TEST(daemon.query("SELECT count(*) FROM postbacks") == "0");
}

BOOST_AUTO_TEST_CASE(a_link_to_the_store_stays_a_link)
{
  Daemon daemon;
  const std::string file = (daemon.directory() / "copy").string();
  daemon.ctl({"backup", file});
  daemon.stop();
  const std::filesystem::path elsewhere = daemon.directory() / "elsewhere.sqlite3";
  std::filesystem::rename(daemon.store(), elsewhere);
  std::filesystem::create_symlink(elsewhere, daemon.store());
  BOOST_TEST(ctl(daemon, {"restore", file, "--replace"}).code == 0);
  BOOST_TEST(std::filesystem::is_symlink(daemon.store()));
  BOOST_TEST(std::filesystem::exists(elsewhere.string() + ".before-restore"));
  std::filesystem::remove(elsewhere);
  BOOST_TEST(ctl(daemon, {"restore", file}).out.find("is a link to nothing") != std::string::npos);
}

// Root restores in a directory of postbackd's, who may have put links there.
BOOST_AUTO_TEST_CASE(a_restore_writes_through_no_link)
{
  Daemon daemon;
  const std::string file = (daemon.directory() / "copy").string();
  daemon.ctl({"backup", file});
  daemon.stop();
  const std::filesystem::path theirs = daemon.directory().write("theirs", "not ours");
  for (const char* name : {"store.sqlite3.new", "query_key.new", "query_key.before-restore"}) {
    const std::filesystem::path link = daemon.store().parent_path() / name;
    std::filesystem::create_symlink(theirs, link);
  }
  BOOST_TEST(ctl(daemon, {"restore", file, "--replace"}).code == 0);
  BOOST_TEST(read_file(theirs) == "not ours");
  BOOST_TEST(!std::filesystem::is_symlink(daemon.store().parent_path() / "query_key.before-restore"));
}

// An older one goes only when the new one is good, and where it should be.
BOOST_AUTO_TEST_CASE(a_series_keeps_the_newest_and_takes_each_one_elsewhere)
{
  Daemon daemon;
  daemon.post("{}");
  const std::filesystem::path series = daemon.directory() / "series";
  const std::filesystem::path elsewhere = daemon.directory() / "elsewhere";
  const auto copies = [&] {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(series))
      if (entry.path().extension() == ".backup") names.push_back(entry.path().filename().string());
    return names;
  };
  const auto back_up = [&](const std::string& then) {
    return ctl(daemon, {"backup", "--directory", series.string(), "--keep", "1", "--with-credentials",
                        "--then", then});
  };
  std::filesystem::create_directory(series);
  std::ofstream(series / "postbackd-20260101T000000Z.backup") << "an old one";
  std::filesystem::create_directory(series / "postbackd-20260101T000000Z.backup.files");
  const Output failed = back_up("exit 3");
  BOOST_TEST(failed.code == 1);
  BOOST_TEST(failed.out.find("the command of --then ended with 3") != std::string::npos, failed.out);
  BOOST_TEST(copies().size() == 2u);
  BOOST_TEST(daemon.query("SELECT value FROM settings WHERE name = 'backup'").empty());
  std::filesystem::remove_all(series);
  std::filesystem::create_directory(series);
  std::ofstream(series / "postbackd-20260101T000000Z.backup") << "an old one";
  std::filesystem::create_directory(series / "postbackd-20260101T000000Z.backup.files");
  BOOST_TEST(back_up("cp -r \"$POSTBACKD_BACKUP\"* " +
                     (std::filesystem::create_directory(elsewhere), elsewhere.string()))
                 .code == 0);
  BOOST_REQUIRE(copies().size() == 1u);
  const std::string copy = copies().front();
  BOOST_TEST(!std::filesystem::exists(series / "postbackd-20260101T000000Z.backup.files"));
  for (const std::string suffix : {"", ".query_key", ".credentials.digests"})
    BOOST_TEST(std::filesystem::exists(elsewhere / (copy + suffix)), copy + suffix);
  const std::filesystem::path mirror = elsewhere / (copy + ".files");
  BOOST_TEST(read_file(mirror / daemon.configuration().relative_path()) == read_file(daemon.configuration()));
  BOOST_TEST(read_file(mirror / (daemon.directory() / "secret").relative_path()) == "test-secret\n");
  BOOST_TEST(!daemon.query("SELECT value FROM settings WHERE name = 'backup_due' AND value <> ''").empty());
}

BOOST_AUTO_TEST_CASE(a_restore_says_what_this_machine_lacks)
{
  TemporaryDirectory copies;
  const std::string file = (copies / "copy").string();
  {
    Daemon daemon({.more = "[[handler]]\nname = \"crm\"\nkind = \"http\"\nurl = "
                           "\"http://127.0.0.1:1/\"\nsigning_secret = \"file:/nowhere/signing\"\n"});
    daemon.ctl({"backup", file});
  }
  Daemon elsewhere;
  elsewhere.directory().write("secret", "the-secret-of-this-machine\n");
  elsewhere.stop();
  const Output restored = ctl(elsewhere, {"restore", file, "--replace"});
  BOOST_TEST(restored.code == 0);
  // Its configuration lay elsewhere.
  BOOST_TEST(restored.out.find("is missing, unlike") != std::string::npos, restored.out);
  BOOST_TEST(restored.out.find("must lead here") != std::string::npos, restored.out);
  // The same machine, with another secret.
  const std::string own = (copies / "own").string();
  elsewhere.start();
  elsewhere.ctl({"backup", own});
  elsewhere.stop();
  elsewhere.directory().write("secret", "a-third-secret-of-this-machine\n");
  const Output again = ctl(elsewhere, {"restore", own, "--replace"});
  BOOST_TEST(again.out.find("is not the secret of the backup: whoever posts with the old one gets 401") !=
                 std::string::npos,
             again.out);
}

BOOST_AUTO_TEST_CASE(damage_is_found)
{
  Daemon daemon;
  daemon.query("INSERT INTO queries (query_id) VALUES ('q-1')");
  const std::string receipt = daemon.post(R"({"QueryId":"q-1","Result":[1]})").receipt();
  BOOST_TEST(ctl(daemon, {"verify"}).out == "good\n");
  daemon.query("UPDATE bodies SET raw = CAST('another' AS BLOB)");
  const Output changed = ctl(daemon, {"verify"});
  BOOST_TEST(changed.code == 1);
  BOOST_TEST(changed.out == "body of postback " + receipt + ": it is not what was received\n");
  daemon.query("DELETE FROM bodies");
  BOOST_TEST(ctl(daemon, {"verify"}).out == "postback without a body: " + receipt + "\n");
  daemon.query("UPDATE queries SET receipt = 5");
  BOOST_TEST(ctl(daemon, {"verify"}).out.find("query (row) whose answer is not there: 1\n") !=
             std::string::npos);
}

BOOST_AUTO_TEST_CASE(each_postback_is_exported_with_its_document)
{
  Daemon daemon;
  daemon.query(
      R"(INSERT INTO queries (query_id, label, metadata) VALUES ('q-1', 'a "quoted", label', '{"n":1}'))");
  daemon.post(R"({"QueryId":"q-1","Result":["é"]})");
  daemon.post("nothing to read");
  const std::string lines = ctl(daemon, {"export"}).out;
  BOOST_TEST(lines.find(R"("query_id":"q-1","label":"a \"quoted\", label","key":null,"metadata":{"n":1})") !=
             std::string::npos);
  BOOST_TEST(lines.find(R"("document":{"QueryId":"q-1","Result":["é"]}})") != std::string::npos, lines);
  BOOST_TEST(lines.find(R"("kind":"undecodable")") != std::string::npos);
  const std::string file = (daemon.directory() / "all.csv").string();
  BOOST_TEST(ctl(daemon, {"export", "--since", "1h", "--to", file}).out == "exported: 2\n");
  const std::string table = read_file(file);
  BOOST_TEST(table.starts_with("\"receipt\",\"received_at\",\"kind\""));
  BOOST_TEST(table.find(R"("a ""quoted"", label")") != std::string::npos);
  BOOST_TEST(ctl(daemon, {"export", "--since", "2999-01-01"}).out.empty());
}

BOOST_AUTO_TEST_SUITE_END()
