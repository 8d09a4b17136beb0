#include <boost/test/unit_test.hpp>

#include "support/spool.hpp"

using namespace postbackd::base;
using namespace postbackd::test;

namespace
{

std::string content(const Blob& blob)
{
  std::string all;
  BlobReader reader(blob);
  for (auto piece = reader.next(); !piece.empty(); piece = reader.next())
    all += piece;
  return all;
}

} // namespace

BOOST_AUTO_TEST_SUITE(blob)

BOOST_AUTO_TEST_CASE(bytes_come_back_whether_they_are_in_memory_or_in_a_file)
{
  TemporaryDirectory directory;
  FreeSpace space(directory.path(), 0);
  Spool spool(directory.path(), {.in_memory = 100, .memory = 1'000, .always = 10}, space);
  Blob blob(spool);
  std::string expected;
  for (int i = 0; i < 300; ++i) {
    const std::string piece(static_cast<std::size_t>(i), static_cast<char>('a' + i % 26));
    BOOST_TEST(blob.would_block(piece.size()) == (expected.size() + piece.size() > 100));
    blob.append(piece);
    expected += piece;
    BOOST_TEST(blob.in_memory() == (expected.size() <= 100));
    BOOST_REQUIRE(blob.size() == expected.size());
  }
  BOOST_TEST(content(blob) == expected);
  BOOST_TEST(to_hex(blob.sha256()) == to_hex(sha256(expected)));
  BOOST_TEST((blob == Blob(expected)));
  expected.back() = '.';
  BOOST_TEST(!(blob == Blob(expected)));
  std::string end(20, '?');
  BOOST_TEST(blob.read(expected.size() - 3, end.data(), end.size()) == 3u);
  BOOST_TEST(blob.read(expected.size() + 3, end.data(), end.size()) == 0u);
}

BOOST_AUTO_TEST_CASE(a_blob_beyond_the_shared_memory_goes_to_a_file)
{
  TemporaryDirectory directory;
  FreeSpace space(directory.path(), 0);
  Spool spool(directory.path(), {.in_memory = 100, .memory = 150, .always = 10}, space);
  {
    Blob first(spool);
    first.append(std::string(100, 'x'));
    Blob second(spool);
    second.append(std::string(60, 'y'));
    Blob small(spool);
    small.append("0123456789");
    BOOST_TEST(first.in_memory());
    BOOST_TEST(!second.in_memory());
    BOOST_TEST(small.in_memory());
    BOOST_TEST(spool.memory_in_use() == 100u);
    const Blob copy = first;
    BOOST_TEST(spool.memory_in_use() == 100u);
  }
  BOOST_TEST(spool.memory_in_use() == 0u);
  BOOST_TEST(std::filesystem::is_empty(directory.path()));
}

BOOST_AUTO_TEST_CASE(nothing_is_written_below_the_free_space_floor)
{
  TemporaryDirectory directory;
  FreeSpace space(directory.path(), std::uint64_t{1} << 60);
  Spool spool(directory.path(), {.in_memory = 0, .memory = 0, .always = 10}, space);
  Blob blob(spool);
  blob.append("0123456789");
  BOOST_CHECK_EXCEPTION(blob.append("x"), Failure, [](const Failure& failure) {
    return failure.error().code == Errc::unavailable &&
           std::string(failure.what()).find("free_space") != std::string::npos;
  });
}

BOOST_AUTO_TEST_SUITE_END()
