#include <boost/test/unit_test.hpp>

#include "postgresql/array.hpp"
#include "postgresql/dialect.hpp"
#include "postgresql/values.hpp"

using namespace postbackd;
using namespace postbackd::postgresql;
using namespace std::string_literals;

BOOST_AUTO_TEST_SUITE(values)

BOOST_AUTO_TEST_CASE(statements_are_translated)
{
  const std::pair<std::string, std::string> cases[] = {
      {"SELECT ?1, ?2, ?1", "SELECT $1, $2, $1"},
      {"SELECT ?2 WHERE a = ?4", "SELECT $1 WHERE a = $2"}, // without gaps
      {"a = ? AND b = ?", "a = $1 AND b = $2"},
      {"FROM t INDEXED BY t_by_a WHERE a", "FROM t WHERE a"},
      {"FROM a CROSS JOIN b ON a.x = b.x", "FROM a JOIN b ON a.x = b.x"},
      {"raw = x'', max'x''y'", "raw = ''::bytea, max'x''y'"},
      {"'?1 x'''' INDEXED BY a' || \"?2\"", "'?1 x'''' INDEXED BY a' || \"?2\""},
      {"a -- why?\n= ?1", "a \n= $1"},
  };
  for (const auto& [given, expected] : cases)
    BOOST_TEST(translate(given).sql == expected);
  BOOST_TEST((translate("?2 ?4").places == std::vector<int>{0, 1, 0, 2}));
}

BOOST_AUTO_TEST_CASE(text_is_storable_or_becomes_so)
{
  const std::string replacement = "\xEF\xBF\xBD";
  const std::pair<std::string, std::string> cases[] = {
      {"São Paulo", "São Paulo"},
      {"\xF0\x9F\x98\x80", "\xF0\x9F\x98\x80"},
      {"a\0b"s, "a" + replacement + "b"},
      {"\xE3o", replacement + "o"},                              // Latin-1
      {"\xC0\x80", replacement + replacement},                   // overlong
      {"\xED\xA0\x80", replacement + replacement + replacement}, // a surrogate
      {"\xF4\x90\x80\x80", replacement + replacement + replacement + replacement},
      {"a\xE2\x82", "a" + replacement + replacement}, // cut
  };
  for (const auto& [given, expected] : cases) {
    BOOST_TEST(storable_text(given) == expected);
    BOOST_TEST(is_storable_text(given) == (given == expected));
  }
}

BOOST_AUTO_TEST_CASE(numbers_and_times_come_back)
{
  constexpr Oid int8 = 20, boolean = 16, timestamptz = 1184, numeric = 1700;
  for (const std::int64_t number : {std::int64_t{0}, std::int64_t{-1}, INT64_MAX, INT64_MIN})
    BOOST_TEST(decode_number(binary_number(number), int8) == number);
  bool binary = false;
  BOOST_TEST(decode_number(encode_number(7, boolean, binary), boolean) == 1);
  BOOST_TEST(binary);
  const base::TimePoint time{std::chrono::milliseconds(1'769'903'999'123)};
  BOOST_TEST(decode_text(binary_time(time), timestamptz) == "2026-01-31T23:59:59.123Z");
  const base::TimePoint before{std::chrono::milliseconds(-1)};
  BOOST_TEST(decode_text(binary_time(before), timestamptz) == "1969-12-31T23:59:59.999Z");
  // 12345678 and -50000: groups of four digits.
  BOOST_TEST(decode_number("\0\2\0\1\0\0\0\0\x04\xD2\x16\x2E"s, numeric) == 12345678);
  BOOST_TEST(decode_number("\0\1\0\1\x40\0\0\0\0\5"s, numeric) == -50000);
}

BOOST_AUTO_TEST_CASE(an_array_says_what_it_has)
{
  Array array(Array::Type::text);
  array.add(std::string_view("ab"));
  array.add_null();
  BOOST_TEST(std::string(array.bytes()) ==
             "\0\0\0\1\0\0\0\1\0\0\0\x19\0\0\0\2\0\0\0\1\0\0\0\2ab\xFF\xFF\xFF\xFF"s);
}

BOOST_AUTO_TEST_SUITE_END()
