// Two users of one group share a store whose directory the group may write: the halves of a split
// installation.
#include <boost/test/unit_test.hpp>

#include <grp.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "store/store_fixture.hpp"
#include "support/machine.hpp"

using namespace postbackd;
using namespace postbackd::test;
namespace fs = std::filesystem;

namespace
{

constexpr uid_t one = 64'001; // nobody's
constexpr uid_t other = 64'002;
constexpr gid_t group = 64'003;

struct SharedFixture : StoreFixture {
  SharedFixture()
  {
    ::chmod(directory.path().c_str(), 02770);
    [[maybe_unused]] const int done = ::chown(directory.path().c_str(), one, group);
  }
  // Keeps a postback as this user, with a daemon's umask. Returns whether it was kept.
  bool keep_as(uid_t user, const std::string& id)
  {
    const pid_t child = ::fork();
    if (child == 0) {
      ::umask(0027);
      if (::setgroups(0, nullptr) != 0 || ::setgid(group) != 0 || ::setuid(user) != 0) ::_exit(3);
      try {
        open();
        ::_exit(keep(postback_of(result_of(id))).has_value() ? 0 : 1);
      } catch (const std::exception& e) {
        std::fputs(e.what(), stderr);
        ::_exit(2);
      }
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
  }
  static mode_t mode_of(const fs::path& file)
  {
    struct stat status {
    };
    ::stat(file.c_str(), &status);
    return status.st_mode & 0777;
  }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(shared_directory, SharedFixture, *boost::unit_test::precondition(as_root))

BOOST_AUTO_TEST_CASE(two_users_of_the_group_write_one_store)
{
  BOOST_TEST(keep_as(one, "q-1"));
  BOOST_TEST(keep_as(other, "q-2"));
  BOOST_TEST(keep_as(one, "q-3"));
  for (const auto& file : fs::directory_iterator(directory.path()))
    BOOST_TEST(mode_of(file.path()) == 0660u, file.path());
  BOOST_TEST(ask("SELECT count(*) FROM v_postbacks") == "3");
}

BOOST_AUTO_TEST_CASE(files_of_before_are_shared_by_their_owner)
{
  ::chmod(directory.path().c_str(), 0750);
  BOOST_TEST(keep_as(one, "q-1"));
  BOOST_TEST(mode_of(options.path) == 0640u);
  BOOST_TEST(!keep_as(other, "q-2"));
  ::chmod(directory.path().c_str(), 02770);
  BOOST_TEST(!keep_as(other, "q-2"));
  BOOST_TEST(keep_as(one, "q-3")); // the worker starts first
  BOOST_TEST(keep_as(other, "q-2"));
  BOOST_TEST(ask("SELECT count(*) FROM v_postbacks") == "3");
}

BOOST_AUTO_TEST_SUITE_END()
