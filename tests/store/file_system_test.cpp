// Where a store may be.
#include <boost/test/unit_test.hpp>

#include <linux/magic.h>
#include <vector>

#include "store/sqlite/files/file_system.hpp"
#include "support/temporary_directory.hpp"

using namespace postbackd;
using store::sqlite::network_file_system;

BOOST_AUTO_TEST_SUITE(file_system)

BOOST_AUTO_TEST_CASE(file_systems_of_other_machines_are_refused_and_local_ones_are_not)
{
  const std::vector<std::uint64_t> remote{NFS_SUPER_MAGIC, SMB_SUPER_MAGIC, V9FS_MAGIC, AFS_SUPER_MAGIC};
  for (const std::uint64_t type : remote)
    BOOST_TEST(network_file_system(type).has_value(), type);
  BOOST_TEST(network_file_system(CIFS_SUPER_MAGIC).has_value());
  BOOST_TEST(network_file_system(SMB2_SUPER_MAGIC).has_value());
  // As a signed 32-bit f_type gives it.
  BOOST_TEST(
      network_file_system(static_cast<std::uint64_t>(static_cast<std::int32_t>(SMB2_SUPER_MAGIC))).value() ==
      "SMB2");
  const std::vector<std::uint64_t> local{EXT4_SUPER_MAGIC, XFS_SUPER_MAGIC, BTRFS_SUPER_MAGIC, TMPFS_MAGIC};
  for (const std::uint64_t type : local)
    BOOST_TEST(!network_file_system(type), type);
  const test::TemporaryDirectory directory;
  store::sqlite::refuse_network_file_system(directory / "store.sqlite3");
}

BOOST_AUTO_TEST_SUITE_END()
