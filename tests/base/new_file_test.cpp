#include <boost/test/unit_test.hpp>

#include "base/error.hpp"
#include "base/new_file.hpp"
#include "support/temporary_directory.hpp"

using postbackd::base::Failure;
using postbackd::base::NewFile;
using postbackd::test::read_file;
using postbackd::test::TemporaryDirectory;

BOOST_AUTO_TEST_SUITE(new_file)

BOOST_AUTO_TEST_CASE(it_is_in_its_place_once_it_is_kept)
{
  TemporaryDirectory folder;
  const auto from = folder.write("from", std::string(3'000'000, 'x'));
  const auto place = folder.write("place", "old");
  {
    NewFile file(place);
    file.copy(from);
    BOOST_TEST(read_file(place) == "old");
  }
  BOOST_TEST(!std::filesystem::exists(folder / "place.new"));
  NewFile file(place);
  file.copy(from);
  file.keep();
  BOOST_TEST((read_file(place) == read_file(from)));
}

BOOST_AUTO_TEST_CASE(two_do_not_make_the_same_file)
{
  TemporaryDirectory folder;
  const auto from = folder.write("from", "whole");
  NewFile first(folder / "place");
  BOOST_CHECK_THROW(NewFile(folder / "place"), Failure);
  first.copy(from);
  first.keep();
  BOOST_TEST(read_file(folder / "place") == "whole");
}

BOOST_AUTO_TEST_CASE(what_a_crash_has_left_is_no_part_of_it)
{
  TemporaryDirectory folder;
  const auto from = folder.write("from", "whole");
  folder.write("place.new", "half of a larger file");
  NewFile file(folder / "place");
  file.copy(from);
  file.keep();
  BOOST_TEST(read_file(folder / "place") == "whole");
}

BOOST_AUTO_TEST_CASE(a_file_that_somebody_has_put_in_its_place_is_not_kept)
{
  TemporaryDirectory folder;
  NewFile file(folder / "place");
  std::filesystem::remove(file.path());
  folder.write("place.new", "another's");
  BOOST_CHECK_THROW(file.keep(), Failure);
  BOOST_TEST(!std::filesystem::exists(folder / "place"));
}

BOOST_AUTO_TEST_SUITE_END()
