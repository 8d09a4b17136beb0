#include <boost/test/unit_test.hpp>

#include <optional>

#include "support/deflated.hpp"
#include "text/content_coding.hpp"

using namespace postbackd::text;
using postbackd::base::Blob;
using postbackd::test::deflated;

namespace
{

constexpr std::size_t most = 1 << 20;

std::optional<std::string> decoded(const std::string& bytes, const char* coding, std::size_t limit)
{
  const auto result = decode_content(Blob(bytes), coding, limit);
  return result ? std::optional(result->bytes()) : std::nullopt;
}

} // namespace

BOOST_AUTO_TEST_SUITE(content_coding)

BOOST_AUTO_TEST_CASE(each_coding_is_undone)
{
  const std::string text = "{\"QueryId\":\"x\"}";
  BOOST_TEST(decoded(deflated(text, 31), "gzip", most).value() == text);
  BOOST_TEST(decoded(deflated(text, 31), "X-GZip", most).value() == text);
  BOOST_TEST(decoded(deflated(text, 15), "deflate", most).value() == text);
  BOOST_TEST(decoded(deflated(text, -15), "deflate", most).value() == text);
  BOOST_TEST(decoded(text, "identity", most).value() == text);
  BOOST_TEST(decoded(text, "", most).value() == text);
}

BOOST_AUTO_TEST_CASE(gzip_members_follow_each_other)
{
  BOOST_TEST(decoded(deflated("one ", 31) + deflated("two", 31), "gzip", most).value() == "one two");
}

BOOST_AUTO_TEST_CASE(zeros_after_a_gzip_member_are_padding)
{
  BOOST_TEST(decoded(deflated("one", 31) + std::string(512, '\0'), "gzip", most).value() == "one");
  BOOST_TEST(
      decoded(deflated("one ", 31) + std::string(3, '\0') + deflated("two", 31), "gzip", most).value() ==
      "one two");
}

BOOST_AUTO_TEST_CASE(corrupt_truncated_and_unknown_codings_are_errors)
{
  const std::string packed = deflated(std::string(1'000, 'x'), 31);
  BOOST_TEST(!decoded(packed.substr(0, packed.size() - 4), "gzip", most).has_value());
  BOOST_TEST(!decoded(packed + "rest", "gzip", most).has_value());
  BOOST_TEST(!decoded("not gzip", "gzip", most).has_value());
  BOOST_TEST(!decoded("", "gzip", most).has_value());
  BOOST_TEST(!decoded("x", "br", most).has_value());
  BOOST_TEST(!decoded(packed, "gzip, gzip", most).has_value());
}

BOOST_AUTO_TEST_CASE(a_bomb_stops_at_the_cap)
{
  const std::string bomb = deflated(std::string(64 << 20, '\0'), 31);
  BOOST_TEST(bomb.size() < 100'000u);
  const auto result = decoded(bomb, "gzip", most);
  BOOST_TEST(!result.has_value());
  BOOST_TEST(decoded(deflated(std::string(most, 'x'), 31), "gzip", most).has_value());
  BOOST_TEST(!decoded(deflated(std::string(most + 1, 'x'), 31), "gzip", most).has_value());
}

BOOST_AUTO_TEST_SUITE_END()
