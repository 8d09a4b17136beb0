// What ends a process, whoever meets it.
#include <boost/test/unit_test.hpp>
#include <sqlite3.h>

#include <fstream>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sql/reader.hpp"
#include "sqlite/sqlite_fixture.hpp"
#include "sqlite/wal_index.hpp"
#include "support/faulty_vfs.hpp"

using namespace postbackd;
using namespace postbackd::test;
using sqlite::Connection;

namespace
{

struct FailuresFixture : SqliteFixture {
  FailuresFixture()
  {
    FaultyVfs::install();
    options.vfs = FaultyVfs::name;
    options.failures = failures;
  }
  ~FailuresFixture() { FaultyVfs::unlocks_until_failure = 0; }

  std::string fatal() const
  {
    const auto error = failures->fatal();
    return error ? error->message : "";
  }
  bool says(const char* words) const { return fatal().find(words) != std::string::npos; }

  int ends = 0;
  std::shared_ptr<sqlite::Failures> failures =
      std::make_shared<sqlite::Failures>([this](const base::Error&) { ++ends; });
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(failures, FailuresFixture)

BOOST_AUTO_TEST_CASE(an_error_says_what_the_caller_can_do)
{
  const std::pair<int, base::Errc> table[] = {
      {SQLITE_CONSTRAINT_CHECK, base::Errc::invalid},
      {SQLITE_TOOBIG, base::Errc::invalid},
      {SQLITE_MISMATCH, base::Errc::invalid},
      {SQLITE_BUSY, base::Errc::unavailable},
      {SQLITE_FULL, base::Errc::unavailable},
      {SQLITE_IOERR_WRITE, base::Errc::unavailable},
      {SQLITE_IOERR_FSYNC, base::Errc::fatal},
      {SQLITE_IOERR_DIR_FSYNC, base::Errc::fatal},
      {SQLITE_IOERR_UNLOCK, base::Errc::fatal},
      {SQLITE_IOERR_CORRUPTFS, base::Errc::fatal},
      {SQLITE_READONLY_DBMOVED, base::Errc::fatal},
      {SQLITE_CORRUPT_INDEX, base::Errc::fatal},
      {SQLITE_NOTADB, base::Errc::fatal},
      {SQLITE_MISUSE, base::Errc::fatal},
      {SQLITE_PROTOCOL, base::Errc::unavailable},
  };
  for (const auto& [code, expected] : table)
    BOOST_TEST((sqlite::to_error(SQLite::Exception("test", code)).code == expected), code);
}

BOOST_AUTO_TEST_CASE(only_the_first_fatal_error_is_reported)
{
  failures->note({base::Errc::unavailable, "busy"});
  BOOST_TEST(ends == 0);
  failures->note({base::Errc::fatal, "first"});
  failures->note({base::Errc::fatal, "second"});
  BOOST_TEST(ends == 1);
  BOOST_TEST(fatal() == "first");
}

// SQLite does not say so to anybody: others would wait for the lock for ever.
BOOST_AUTO_TEST_CASE(a_lock_that_could_not_be_released_is_fatal_wherever_it_is)
{
  for (int nth = 1; nth <= 6; ++nth) {
    failures = std::make_shared<sqlite::Failures>([this](const base::Error&) { ++ends; });
    options.path = directory / ("unlock-" + std::to_string(nth));
    options.failures = failures;
    Connection writer = connect();
    Connection reader = connect(Connection::Mode::read);
    FaultyVfs::unlocks_until_failure = nth;
    try {
      for (int i = 0; i < 4 && FaultyVfs::unlocks_until_failure > 0; ++i) {
        insert(writer, 1);
        ask(reader, "SELECT count(*) FROM words");
        writer.database().raw().exec("PRAGMA wal_checkpoint");
      }
    } catch (const SQLite::Exception&) {
    }
    BOOST_TEST(says("could not be released"), nth);
  }
}

// `truncate -s 0 store-wal`: what was acknowledged is gone, and nothing more may follow.
BOOST_AUTO_TEST_CASE(a_wal_that_another_program_has_cut_takes_no_commit)
{
  Connection writer = connect();
  insert(writer, 10);
  std::filesystem::resize_file(options.path.string() + "-wal", 0);
  BOOST_CHECK_THROW(insert(writer, 1), SQLite::Exception);
  BOOST_TEST(says("has cut"), fatal());
}

BOOST_AUTO_TEST_CASE(a_file_that_was_cut_is_found_by_a_look_alone)
{
  Connection writer = connect();
  insert(writer, 10);
  const sqlite::WalIndex index(writer);
  BOOST_TEST(!index.find_cut_file().has_value());
  const auto wal = options.path.string() + "-wal";
  const auto whole = std::filesystem::file_size(wal);
  std::filesystem::resize_file(wal, whole - 1);
  BOOST_TEST(index.find_cut_file().value_or("").find("-wal'") != std::string::npos);
  std::filesystem::resize_file(wal, whole);
  BOOST_TEST(!index.find_cut_file().has_value());
  // All that SQLite does to its files is no harm.
  writer.database().raw().exec("PRAGMA wal_checkpoint");
  BOOST_TEST(!index.find_cut_file().has_value());
  writer.database().raw().exec("PRAGMA wal_checkpoint(TRUNCATE)");
  BOOST_TEST(!index.find_cut_file().has_value());
  insert(writer, 1);
  writer.database().raw().exec(
      "DELETE FROM words; PRAGMA incremental_vacuum; PRAGMA wal_checkpoint(TRUNCATE)");
  BOOST_TEST(!index.find_cut_file().has_value());
  writer.database().raw().exec("VACUUM; PRAGMA wal_checkpoint");
  BOOST_TEST(!index.find_cut_file().has_value());
  std::filesystem::resize_file(options.path, std::filesystem::file_size(options.path) - 4'096);
  BOOST_TEST(index.find_cut_file().has_value());
}

BOOST_AUTO_TEST_CASE(damage_that_a_reader_meets_is_fatal)
{
  {
    Connection writer = connect();
    insert(writer, 200);
  }
  sql::Reader reader(std::make_unique<Connection>(options, Connection::Mode::read));
  {
    std::fstream file(options.path, std::ios::in | std::ios::out | std::ios::binary);
    const auto size = static_cast<std::streamoff>(std::filesystem::file_size(options.path));
    for (std::streamoff at = 4 * 4'096; at < size; at += 4'096)
      file.seekp(at) << std::string(4'096, '\xa5');
  }
  const auto sum = reader.try_read(
      [&] { return sql::number_of(reader.database(), "SELECT sum(length(word)) FROM words"); });
  BOOST_TEST(!sum.has_value());
  BOOST_TEST(ends == 1);
  BOOST_TEST(says("damaged"), fatal());
}

// A moment in which a path cannot be looked at says nothing of the file.
BOOST_AUTO_TEST_CASE(a_file_that_cannot_be_seen_now_is_not_gone)
{
  const auto folder = directory / "closed";
  std::filesystem::create_directory(folder);
  std::filesystem::permissions(directory.path(), std::filesystem::perms(0755));
  options.path = directory.write("closed/file", "x");
  const pid_t child = ::fork();
  if (child == 0) { // root sees everything
    if (::geteuid() == 0 && (::chown(folder.c_str(), 65534, 65534) != 0 || ::setuid(65534) != 0)) ::_exit(3);
    const sqlite::StoreFiles seen(options.path, options.path);
    ::chmod(folder.c_str(), 0);
    try {
      seen.check();
      ::_exit(0);
    } catch (const base::Failure&) {
      ::_exit(1);
    }
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  ::chmod(folder.c_str(), 0755);
  BOOST_TEST(WEXITSTATUS(status) == 0);
}

BOOST_AUTO_TEST_SUITE_END()
