#include <boost/test/unit_test.hpp>

#include "base/plain_text.hpp"
#include "text/json_document.hpp"

using namespace postbackd::base;
using namespace std::string_literals;

BOOST_AUTO_TEST_SUITE(plain_text)

BOOST_AUTO_TEST_CASE(what_is_not_utf8_is_replaced)
{
  const std::pair<std::string, std::string> table[] = {
      {"", ""},
      {"ação 日本 🙂\n", "ação 日本 🙂\n"},
      {"a\xe7\xe3o", "a\uFFFD\uFFFDo"},                 // ISO-8859-1
      {"a\0b"s, "a\uFFFDb"},                            // NUL ends a text for many readers
      {"\xed\xa0\x80", "\uFFFD\uFFFD\uFFFD"},           // a surrogate
      {"\xc0\xaf", "\uFFFD\uFFFD"},                     // not the shortest form
      {"cut \xf0\x9f\x99", "cut \uFFFD\uFFFD\uFFFD"},   // cut within a character
      {"\xf4\x90\x80\x80", "\uFFFD\uFFFD\uFFFD\uFFFD"}, // above U+10FFFF
  };
  for (const auto& [text, expected] : table)
    BOOST_TEST(as_utf8(text) == expected);
}

BOOST_AUTO_TEST_CASE(a_line_steers_no_terminal)
{
  const std::pair<std::string, std::string> table[] = {
      {"ação 日本 🙂", "ação 日本 🙂"},
      {"\x1b]0;own\x07\x1b[31m", R"(\x1b]0;own\x07\x1b[31m)"},
      {"one\r\ntwo\tthree\x7f", R"(one\x0d\x0atwo\x09three\x7f)"},
      {"\u009b31m", R"(\x9b31m)"}, // CSI as one C1 control
      {"a\x9b"
       "b",
       "a\uFFFDb"},
      {"a\u202Eb\u2066c\u2028d", R"(a\u{202e}b\u{2066}c\u{2028}d)"},
      {"a\0b"s, R"(a\x00b)"},
  };
  for (const auto& [text, expected] : table)
    BOOST_TEST(as_line(text) == expected);
}

BOOST_AUTO_TEST_SUITE_END()
