// A start, a restore, or the first start after one, that is killed at any moment: the next one goes on by
// itself.
#include <boost/test/unit_test.hpp>

#include <fstream>
#include <sys/wait.h>
#include <unistd.h>

#include "store/open.hpp"
#include "store/store_fixture.hpp"
#include "support/faulty_vfs.hpp"

using namespace postbackd;
using namespace postbackd::test;
namespace fs = std::filesystem;

namespace
{

struct FilesFixture : StoreFixture {
  FilesFixture() { FaultyVfs::install(); }

  // Opens the store in a process that ends at its n-th write, sync or truncation. Returns whether it was
  // ended.
  bool start_and_end_at(int n)
  {
    const pid_t child = ::fork();
    if (child == 0) {
      FaultyVfs::calls_until_end = n;
      try {
        const store::sqlite::SqliteStore opened(options, FaultyVfs::name);
        ::_exit(0);
      } catch (...) {
        ::_exit(2);
      }
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    BOOST_TEST_REQUIRE(WIFEXITED(status));
    BOOST_TEST(WEXITSTATUS(status) != 2, "it did not start");
    return WEXITSTATUS(status) == 1;
  }
  fs::path journal() const { return options.path.string() + "-journal"; }
  // A store with a postback, as a file of `postbackctl backup`.
  fs::path make_backup()
  {
    const auto copy = directory / "copy.sqlite3";
    options.path = directory / "source.sqlite3";
    open();
    BOOST_TEST_REQUIRE(keep(postback_of(result_of("kept"))).has_value());
    store.reset();
    std::ofstream(copy).close();
    store::open_operator(options.path, options.busy_timeout, store::Access::read)
        ->archive()
        .back_up(copy, {});
    return copy;
  }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(files, FilesFixture)

BOOST_AUTO_TEST_CASE(a_first_start_may_be_killed_at_any_moment)
{
  int hot_journals = 0;
  bool ended = true;
  for (int n = 1; ended; ++n) {
    options.path = directory / ("first-" + std::to_string(n));
    ended = start_and_end_at(n);
    hot_journals += fs::exists(journal());
    open();
    BOOST_TEST(keep(postback_of(result_of("q-1"))).has_value(), n);
    store.reset();
    BOOST_TEST(ask("PRAGMA integrity_check") == "ok", n);
  }
  BOOST_TEST(hot_journals > 0);
}

BOOST_AUTO_TEST_CASE(the_first_start_of_a_restored_store_may_be_killed_at_any_moment)
{
  const fs::path copy = make_backup();
  int hot_journals = 0;
  bool ended = true;
  for (int n = 1; ended; ++n) {
    options.path = directory / ("restored-" + std::to_string(n));
    store::restore(copy, options.path, false, clock.now());
    ended = start_and_end_at(n);
    hot_journals += fs::exists(journal());
    // postbackctl is not kept from it either.
    const auto operators = store::open_operator(options.path, options.busy_timeout, store::Access::read);
    BOOST_TEST(operators->story("kept").postbacks.size() == 1u, n);
    open();
    BOOST_TEST(ask("SELECT count(*) FROM v_postbacks") == "1", n);
    store.reset();
  }
  BOOST_TEST(hot_journals > 0);
}

BOOST_AUTO_TEST_CASE(a_restore_leaves_nothing_that_sqlite_plays_back)
{
  const fs::path copy = make_backup();
  bool was_hot = false;
  bool ended = true;
  for (int n = 1; ended; ++n) { // the store in whose place it comes was killed in its first start
    options.path = directory / ("old-" + std::to_string(n));
    ended = start_and_end_at(n);
    was_hot |= fs::exists(journal());
    store::restore(copy, options.path, true, clock.now());
    BOOST_TEST(!fs::exists(journal()), n);
    BOOST_TEST(!fs::exists(options.path.string() + "-wal"), n);
    open();
    BOOST_TEST(ask("SELECT count(*) FROM v_postbacks") == "1", n);
    BOOST_TEST(ask("PRAGMA integrity_check") == "ok", n);
    store.reset();
  }
  BOOST_TEST(was_hot);
}

// What its WAL has is in the file before anything is moved: a crash in the restore leaves it whole.
BOOST_AUTO_TEST_CASE(the_store_before_a_restore_stays_whole)
{
  const fs::path copy = make_backup();
  options.path = directory / "store.sqlite3";
  const pid_t child = ::fork();
  if (child == 0) { // a daemon that is killed, so that its WAL is full
    open();
    for (int i = 0; i < 20; ++i)
      (void)keep(postback_of(result_of("old-" + std::to_string(i))));
    ::_exit(0);
  }
  ::waitpid(child, nullptr, 0);
  BOOST_TEST(fs::file_size(options.path.string() + "-wal") > 0u);
  store::restore(copy, options.path, true, clock.now());
  options.path += ".before-restore";
  BOOST_TEST(!fs::exists(options.path.string() + "-wal"));
  BOOST_TEST(ask("SELECT count(*) FROM v_postbacks") == "20");
}

BOOST_AUTO_TEST_SUITE_END()
