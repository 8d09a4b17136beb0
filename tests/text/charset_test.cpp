#include <boost/test/unit_test.hpp>

#include "text/charset.hpp"

using postbackd::base::Blob;
using namespace postbackd::text;

namespace
{

bool is_utf8(const std::string& bytes) { return check_utf8(bytes).is_utf8(); }

std::optional<std::string> to_utf8(const std::string& bytes, const std::string& charset)
{
  Blob text;
  const auto done = postbackd::text::to_utf8(bytes, charset, 1'000'000, text);
  return done ? std::optional(text.bytes()) : std::nullopt;
}

} // namespace

BOOST_AUTO_TEST_SUITE(charset)

BOOST_AUTO_TEST_CASE(valid_utf8_is_distinguished_from_lookalikes)
{
  const std::pair<std::string, bool> table[] = {
      {"plain", true},
      {"S\xC3\xA3o", true},
      {"\xE2\x82\xAC", true},
      {"\xF0\x9F\x98\x80", true},
      {"\xEF\xBF\xBD", true},
      {"S\xE3o", false},
      {"\xC0\x80", false},
      {"\xC1\xBF", false},
      {"\xE0\x80\x80", false},
      {"\xED\xA0\x80", false},
      {"\xF4\x90\x80\x80", false},
      {"\xF8\x88\x80\x80\x80", false},
      {"\xC3", false},
      {"\xE2\x82", false},
      {"abcdefgh\xFF", false},
      {"\x80", false},
      {std::string("a\0b", 3), true},
      {"", true},
  };
  for (const auto& [bytes, expected] : table)
    BOOST_TEST(is_utf8(bytes) == expected, bytes);
}

BOOST_AUTO_TEST_CASE(labels_are_found_in_a_content_type)
{
  const std::pair<const char*, const char*> table[] = {
      {"application/x-www-form-urlencoded; charset=iso-8859-1", "iso-8859-1"},
      {"text/plain;charset=UTF-8", "utf-8"},
      {"a/b; x=y; Charset=\"Windows-1252\"; z", "windows-1252"},
      {"application/json", ""},
      {"", ""},
      {"a/b; charset=", ""},
      {"a/b; charset=utf-8 ; q=1", "utf-8"},
      {"a/b;;; charset=l1", "l1"},
  };
  for (const auto& [content_type, expected] : table)
    BOOST_TEST(charset_label(content_type) == expected, content_type);
}

BOOST_AUTO_TEST_CASE(latin1_maps_each_byte_to_its_own_number)
{
  std::string all;
  for (int byte = 0; byte < 256; ++byte)
    all += static_cast<char>(byte);
  const std::string text = to_utf8(all, "iso-8859-1").value();
  BOOST_TEST(is_utf8(text));
  BOOST_TEST(text.size() == 128u + 2 * 128u);
  BOOST_TEST(text.substr(128, 2) == "\xC2\x80"); // a C1 control, not the euro sign
  BOOST_TEST(text.substr(text.size() - 2) == "\xC3\xBF");
}

BOOST_AUTO_TEST_CASE(other_charsets_are_converted_and_unknown_ones_refused)
{
  BOOST_TEST(to_utf8("\x93x\x94", "windows-1252").value() == "\xE2\x80\x9Cx\xE2\x80\x9D");
  BOOST_TEST(to_utf8(std::string("\xE3\0", 2), "utf-16le").value() == "\xC3\xA3");
  BOOST_TEST(!to_utf8("x", "no-such-charset").has_value());
  BOOST_TEST(!to_utf8("x", "utf-8//TRANSLIT").has_value());
  BOOST_TEST(!to_utf8("\xE3", "utf-8").has_value());
  BOOST_TEST(!to_utf8("\xE3", "us-ascii").has_value());
  BOOST_TEST(!to_utf8("x", std::string(100, 'a')).has_value());
}

BOOST_AUTO_TEST_SUITE_END()
