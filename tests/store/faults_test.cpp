// The store on a disk that fails.
#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <fstream>

#include "store/store_fixture.hpp"
#include "support/faulty_vfs.hpp"
#include "support/process.hpp"

using namespace postbackd;
using namespace postbackd::test;

namespace
{

struct FaultFixture : StoreFixture {
  FaultFixture()
  {
    FaultyVfs::install();
    vfs = FaultyVfs::name;
    options.busy_timeout = std::chrono::milliseconds(100);
    options.on_fatal = [this](const base::Error&) { ++fatal; };
    open();
  }
  ~FaultFixture()
  {
    FaultyVfs::disk_full = FaultyVfs::sync_fails = false;
    FaultyVfs::checkpoint_delay = std::chrono::milliseconds(0);
  }

  std::atomic<int> fatal = 0;
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(faults, FaultFixture)

BOOST_AUTO_TEST_CASE(a_full_disk_refuses_and_the_store_goes_on_when_it_is_over)
{
  BOOST_TEST(keep(postback_of(result_of("q-1"))).has_value());
  FaultyVfs::disk_full = true;
  std::vector<model::Postback> postbacks;
  for (int i = 0; i < 20; ++i)
    postbacks.push_back(postback_of(result_of("full-" + std::to_string(i))));
  for (const auto& outcome : keep_all(postbacks)) {
    BOOST_REQUIRE(!outcome.has_value());
    BOOST_TEST((outcome.error().code == base::Errc::unavailable));
  }
  FaultyVfs::disk_full = false;
  for (const auto& outcome : keep_all(postbacks))
    BOOST_TEST(outcome.has_value());
  BOOST_TEST(ask("SELECT count(*) FROM v_postbacks WHERE repeats = 0") == "21");
  BOOST_TEST(ask("SELECT unmatched FROM v_stats") == "21"); // what was refused is not counted
  BOOST_TEST(fatal == 0);
}

BOOST_AUTO_TEST_CASE(a_failed_sync_refuses_and_ends_the_process)
{
  FaultyVfs::sync_fails = true;
  const auto outcome = keep(postback_of(result_of("q-1")));
  BOOST_REQUIRE(!outcome.has_value());
  BOOST_TEST((outcome.error().code == base::Errc::fatal));
  BOOST_TEST(fatal == 1);
  // Also after the disk is well again: what the file holds is not known to this process.
  FaultyVfs::sync_fails = false;
  BOOST_TEST(!keep(postback_of(result_of("q-2"))).has_value());
  BOOST_TEST(fatal == 1);
}

BOOST_AUTO_TEST_CASE(the_wal_is_bounded_also_when_the_disk_moves_it_slowly)
{
  store.reset();
  store =
      std::make_unique<store::sqlite::SqliteStore>(options, vfs, sqlite::CheckpointPages{60, 130, 170, 20});
  FaultyVfs::checkpoint_delay = std::chrono::milliseconds(20);
  std::uintmax_t longest = 0; // in pages
  for (int i = 0; i < 300; ++i) {
    std::vector<model::Postback> postbacks;
    for (int j = 0; j < 8; ++j)
      postbacks.push_back(postback_of(result_of("q-" + std::to_string(8 * i + j), std::string(900, 'x'))));
    for (const auto& outcome : keep_all(postbacks))
      BOOST_REQUIRE(outcome.has_value());
    longest = std::max(longest, std::filesystem::file_size(options.path.string() + "-wal") / (4'096 + 24));
  }
  BOOST_TEST(longest > 130u);
  BOOST_TEST_MESSAGE(longest << " pages");
  BOOST_TEST(longest < 300u);
}

BOOST_AUTO_TEST_CASE(a_locked_file_refuses_and_the_store_goes_on_when_it_is_free)
{
  {
    sqlite::Connection other = connect(sqlite::Connection::Mode::existing);
    other.database().exec("BEGIN IMMEDIATE");
    const auto outcome = keep(postback_of(result_of("q-1")));
    BOOST_REQUIRE(!outcome.has_value());
    BOOST_TEST((outcome.error().code == base::Errc::unavailable));
    other.database().exec("ROLLBACK");
  }
  BOOST_TEST(keep(postback_of(result_of("q-1"))).has_value());
}

// Who removes, moves or replaces the files of a running store must not get a 200 for what is lost at the
// stop.
BOOST_AUTO_TEST_CASE(files_that_are_gone_refuse_and_end_the_process)
{
  namespace fs = std::filesystem;
  const auto replace = [](const fs::path& file) {
    fs::copy_file(file, file.string() + ".copy");
    fs::rename(file.string() + ".copy", file);
  };
  const std::pair<const char*, std::function<void(const fs::path&)>> harms[] = {
      {"deleted", [](const fs::path& file) { fs::remove(file); }},
      {"deleted or moved", [](const fs::path& file) { fs::rename(file, file.string() + ".old"); }},
      {"replaced", replace},
  };
  for (const char* suffix : {"", "-wal", "-shm"})
    for (const auto& [what, harm] : harms) {
      for (const bool idle : {false, true}) {
        store.reset();
        fatal = 0;
        options.path = directory / (std::string(what) + (idle ? "idle" : "busy") + suffix + "store");
        open();
        BOOST_REQUIRE(keep(postback_of(result_of("q-1"))).has_value());
        harm(options.path.string() + suffix);
        if (idle) BOOST_TEST(eventually([this] { return fatal == 1; }), what << suffix);
        const auto outcome = keep(postback_of(result_of("q-2")));
        BOOST_REQUIRE_MESSAGE(!outcome.has_value(), what << suffix);
        BOOST_TEST((outcome.error().code == base::Errc::fatal));
        BOOST_TEST(outcome.error().message.find(what) != std::string::npos, outcome.error().message);
        BOOST_TEST(fatal == 1);
      }
    }
}

BOOST_AUTO_TEST_CASE(the_files_behind_a_link_are_watched)
{
  store.reset();
  const auto target = directory / "target.sqlite3";
  options.path = directory / "link.sqlite3";
  std::filesystem::create_symlink(target, options.path);
  open();
  BOOST_REQUIRE(keep(postback_of(result_of("q-1"))).has_value());
  std::filesystem::remove(target.string() + "-wal");
  BOOST_TEST(!keep(postback_of(result_of("q-2"))).has_value());
  BOOST_TEST(fatal == 1);
}

// A user's trigger that ignores the row: an insert that changed no row is no 200.
BOOST_AUTO_TEST_CASE(a_trigger_that_ignores_a_row_makes_no_receipt)
{
  for (const char* table : {"postbacks", "bodies"}) {
    tell(std::string("CREATE TRIGGER harm BEFORE INSERT ON ") + table + " BEGIN SELECT RAISE(IGNORE); END");
    const auto outcome = keep(postback_of(result_of(table)));
    BOOST_REQUIRE(!outcome.has_value());
    BOOST_TEST((outcome.error().code == base::Errc::unavailable));
    BOOST_TEST(outcome.error().message.find("trigger") != std::string::npos, outcome.error().message);
    tell("DROP TRIGGER harm");
    BOOST_TEST(keep(postback_of(result_of(table))).has_value());
  }
  BOOST_TEST(ask("SELECT count(*) FROM postbacks p JOIN bodies b USING (receipt)") == "2");
  BOOST_TEST(fatal == 0);
}

// What a later attempt cannot cure ends the process, so that a new start says what is wrong.
BOOST_AUTO_TEST_CASE(a_damaged_file_refuses_and_ends_the_process)
{
  for (int i = 0; i < 200; ++i)
    BOOST_REQUIRE(keep(postback_of(result_of("q-" + std::to_string(i)))).has_value());
  store.reset();
  open(); // a start would see the damage, and say so
  {
    std::fstream file(options.path, std::ios::in | std::ios::out | std::ios::binary);
    const auto size = static_cast<std::streamoff>(std::filesystem::file_size(options.path));
    for (std::streamoff at = 32 * 4096; at < size; at += 4096)
      file.seekp(at) << std::string(4096, '\xa5');
  }
  base::Result<model::Kept> outcome = keep(postback_of(result_of("q-1")));
  for (int i = 0; outcome && i < 200; ++i)
    outcome = keep(postback_of(result_of("q-" + std::to_string(i), "2")));
  BOOST_REQUIRE(!outcome.has_value());
  BOOST_TEST((outcome.error().code == base::Errc::fatal), outcome.error().message);
  BOOST_TEST(fatal == 1);
}

// The careless restore: `cp backup store` under a running daemon. Whoever meets the damage first ends it.
BOOST_AUTO_TEST_CASE(damage_that_only_a_reader_meets_ends_the_process)
{
  for (int i = 0; i < 200; ++i)
    BOOST_REQUIRE(keep(postback_of(result_of("q-" + std::to_string(i)))).has_value());
  store.reset();
  open();
  {
    std::fstream file(options.path, std::ios::in | std::ios::out | std::ios::binary);
    const auto size = static_cast<std::streamoff>(std::filesystem::file_size(options.path));
    for (std::streamoff at = 8 * 4096; at < size; at += 4096)
      file.seekp(at) << std::string(4096, '\xa5');
  }
  using store::Store;
  const std::function<void(Store&)> readers[] = {
      [](Store& s) {
        (void)s.queries().list({}, {"local", true}, 1'000);
      },
      [](Store& s) { (void)s.queries().events_after(0, 1'000); },
      [](Store& s) { (void)s.deliveries().events_after(0, 1'000); },
      [this](Store& s) { (void)s.postbacks().figures(clock.now()); },
      [](Store& s) { (void)s.delivery_control().handlers(); },
      [this](Store& s) { (void)s.upkeep().mark_overdue(clock.now()); },
  };
  int met = 0;
  for (const auto& read : readers)
    try {
      read(*store);
    } catch (const base::Failure& failure) {
      met += failure.error().code == base::Errc::fatal;
    }
  BOOST_TEST(met > 0);
  BOOST_TEST(fatal == 1);
  BOOST_TEST(!keep(postback_of(result_of("after"))).has_value());
}

BOOST_AUTO_TEST_CASE(damage_is_found_in_the_background_soon_after_a_start)
{
  for (int i = 0; i < 300; ++i)
    BOOST_REQUIRE(keep(postback_of(result_of("q-" + std::to_string(i)))).has_value());
  store.reset();
  {
    std::fstream file(options.path, std::ios::in | std::ios::out | std::ios::binary);
    const auto last = static_cast<std::streamoff>(std::filesystem::file_size(options.path)) / 4096 - 1;
    file.seekp((last - 20) * 4096) << std::string(20 * 4096, '\xa5');
  }
  open();
  BOOST_TEST(eventually([this] { return fatal == 1; }));
}

BOOST_AUTO_TEST_CASE(a_copy_can_be_put_back_after_a_clean_stop)
{
  const auto copy = directory / "copy.sqlite3";
  for (int i = 0; i < 200; ++i)
    BOOST_REQUIRE(keep(postback_of(result_of("before-" + std::to_string(i)))).has_value());
  tell("VACUUM INTO '" + copy.string() + "'");
  for (int i = 0; i < 200; ++i)
    BOOST_REQUIRE(keep(postback_of(result_of("after-" + std::to_string(i)))).has_value());
  store.reset();
  BOOST_TEST(std::filesystem::file_size(options.path.string() + "-wal") == 0u);
  std::filesystem::copy_file(copy, options.path, std::filesystem::copy_options::overwrite_existing);
  open();
  BOOST_TEST(ask("SELECT count(*) FROM v_postbacks") == "200");
  BOOST_TEST(ask("PRAGMA integrity_check") == "ok");
}

BOOST_AUTO_TEST_SUITE_END()
