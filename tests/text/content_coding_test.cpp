#include <boost/test/unit_test.hpp>
#include <zlib.h>

#include "text/content_coding.hpp"

using namespace postbackd::text;

namespace
{

std::string deflated(const std::string& text, int window_bits)
{
  z_stream stream{};
  deflateInit2(&stream, 9, Z_DEFLATED, window_bits, 8, Z_DEFAULT_STRATEGY);
  std::string out(deflateBound(&stream, text.size()) + 64, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  deflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

constexpr std::size_t most = 1 << 20;

} // namespace

BOOST_AUTO_TEST_SUITE(content_coding)

BOOST_AUTO_TEST_CASE(each_coding_gives_the_text_back)
{
  const std::string text = "{\"QueryId\":\"x\"}";
  BOOST_TEST(decode_content(deflated(text, 31), "gzip", most).value() == text);
  BOOST_TEST(decode_content(deflated(text, 31), "X-GZip", most).value() == text);
  BOOST_TEST(decode_content(deflated(text, 15), "deflate", most).value() == text);
  BOOST_TEST(decode_content(deflated(text, -15), "deflate", most).value() == text);
  BOOST_TEST(decode_content(text, "identity", most).value() == text);
  BOOST_TEST(decode_content(text, "", most).value() == text);
}

BOOST_AUTO_TEST_CASE(gzip_members_follow_each_other)
{
  BOOST_TEST(decode_content(deflated("one ", 31) + deflated("two", 31), "gzip", most).value() == "one two");
}

BOOST_AUTO_TEST_CASE(broken_cut_and_unknown_codings_are_errors)
{
  const std::string packed = deflated(std::string(1'000, 'x'), 31);
  BOOST_TEST(!decode_content(packed.substr(0, packed.size() - 4), "gzip", most).has_value());
  BOOST_TEST(!decode_content(packed + "rest", "gzip", most).has_value());
  BOOST_TEST(!decode_content("not gzip", "gzip", most).has_value());
  BOOST_TEST(!decode_content("", "gzip", most).has_value());
  BOOST_TEST(!decode_content("x", "br", most).has_value());
  BOOST_TEST(!decode_content(packed, "gzip, gzip", most).has_value());
}

BOOST_AUTO_TEST_CASE(a_bomb_stops_at_the_cap)
{
  const std::string bomb = deflated(std::string(64 << 20, '\0'), 31);
  BOOST_TEST(bomb.size() < 100'000u);
  const auto result = decode_content(bomb, "gzip", most);
  BOOST_TEST(!result.has_value());
  BOOST_TEST(decode_content(deflated(std::string(most, 'x'), 31), "gzip", most).has_value());
  BOOST_TEST(!decode_content(deflated(std::string(most + 1, 'x'), 31), "gzip", most).has_value());
}

BOOST_AUTO_TEST_SUITE_END()
