#include <boost/test/unit_test.hpp>

#include "base/error.hpp"
#include "base/file_lock.hpp"
#include "support/temporary_directory.hpp"

using postbackd::base::Failure;
using postbackd::base::FileLock;
using postbackd::test::read_file;
using postbackd::test::TemporaryDirectory;

BOOST_AUTO_TEST_SUITE(file_lock)

BOOST_AUTO_TEST_CASE(one_holds_it_at_a_time)
{
  TemporaryDirectory folder;
  FileLock first(folder / "lock");
  FileLock second(folder / "lock"); // opens what the first has created
  {
    const FileLock::Hold hold = first.try_hold();
    BOOST_TEST(static_cast<bool>(hold));
    BOOST_TEST(!second.try_take());
    BOOST_TEST(FileLock::is_taken(folder / "lock"));
  }
  BOOST_TEST(second.try_take());
}

// Who owns the directory could otherwise make root create a file elsewhere, and give it away.
BOOST_AUTO_TEST_CASE(it_follows_no_link)
{
  TemporaryDirectory folder;
  std::filesystem::create_symlink(folder / "absent", folder / "to_nothing");
  BOOST_CHECK_THROW(FileLock(folder / "to_nothing"), Failure);
  BOOST_TEST(!std::filesystem::exists(folder / "absent"));
  std::filesystem::create_symlink(folder.write("other", "kept"), folder / "to_a_file");
  BOOST_CHECK_THROW(FileLock(folder / "to_a_file"), Failure);
  BOOST_TEST(read_file(folder / "other") == "kept");
}

BOOST_AUTO_TEST_SUITE_END()
