#include <boost/test/unit_test.hpp>
#include <sqlite3.h>

#include <memory>

#include "support/spool.hpp"
#include "text/json.hpp"

using namespace postbackd::text;
using postbackd::base::Blob;
using postbackd::test::DiskSpool;

namespace
{

bool is_valid(const std::string& json)
{
  JsonVisitor nobody;
  const bool in_memory = scan_json(Blob(json), nobody).has_value();
  // The same text in a file must give the same result, however it is cut.
  static DiskSpool disk;
  const std::string spaces(65'530, ' ');
  for (std::size_t count : {0u, 1u, 3u, 4u})
    BOOST_TEST(scan_json(disk.blob(spaces + std::string(count, ' ') + json), nobody).has_value() == in_memory,
               json);
  return in_memory;
}

// Returns whether SQLite's JSON functions, which users read with, accept the same text.
bool sqlite_takes(const std::string& json)
{
  sqlite3* database = nullptr;
  sqlite3_open(":memory:", &database);
  sqlite3_stmt* statement = nullptr;
  sqlite3_prepare_v2(database, "SELECT json_valid(?1)", -1, &statement, nullptr);
  sqlite3_bind_text(statement, 1, json.data(), static_cast<int>(json.size()), SQLITE_STATIC);
  const bool valid = sqlite3_step(statement) == SQLITE_ROW && sqlite3_column_int(statement, 0) == 1;
  sqlite3_finalize(statement);
  sqlite3_close(database);
  return valid;
}

} // namespace

BOOST_AUTO_TEST_SUITE(json)

BOOST_AUTO_TEST_CASE(json_is_checked_against_its_grammar)
{
  for (const char* good :
       {"{}", "[]", " {\"a\" : [1, -0.5e+3, true, false, null, \"\\u00e3\\n\"]} \r\n", "\"x\"", "0",
        "{\"a\":1,\"a\":2}", "[123456789012345678901234567890]", "{\"\":\"\"}"})
    BOOST_TEST(is_valid(good), good);
  for (const char* bad :
       {"",      " ",          "{",         "[1,]",          "{\"a\":1,}", "{a:1}",      "{'a':1}",
        "[01]",  "[1.]",       "[.5]",      "[+1]",          "[NaN]",      "[Infinity]", "{} {}",
        "{}x",   "[\"a\nb\"]", "[\"\\x\"]", "[\"\\ud800\"]", "// c\n{}",   "[\"\xE3\"]", "\xEF\xBB\xBF{}",
        "[tru]", "[1e400]"})
    BOOST_TEST(!is_valid(bad), bad);
  BOOST_TEST(!is_valid(std::string("{}\0", 3)));
  BOOST_TEST(!is_valid(std::string("{\"a\":\"\0\"}", 9)));
}

// A document in a file is read without holding whole strings: the part left out is checked too.
BOOST_AUTO_TEST_CASE(long_strings_are_checked_to_their_end)
{
  for (const char* good : {"x", "\xC3\xA3", "\xE2\x82\xAC", "\xF0\x9F\x98\x80", "\\n", "\\\"", "\\\\",
                           "\\u00e3", "\\uD83D\\uDE00", "]}"}) {
    std::string text = "[\"";
    for (int i = 0; i < 3'000; ++i)
      text += good;
    BOOST_TEST(is_valid(text + "\"]"), good);
    for (const char* bad :
         {"\n", "\xE3", "\xC3", "\\x", "\\u12g4", "\\uD83D", "\\uD83Dx", "\\uD83D\\u0041", "\xED\xA0\x80"})
      BOOST_TEST(!is_valid(text + bad + good + "\"]"), good << bad);
    BOOST_TEST(!is_valid(text));
  }
  BOOST_TEST(is_valid("[\"" + std::string(10'000, 'x') + "\\uDC00\"]")); // SQLite accepts it too
  BOOST_TEST(is_valid("[1" + std::string(300, '0') + "]"));
}

BOOST_AUTO_TEST_CASE(depth_is_bounded_and_never_recurses)
{
  const auto nested = [](std::size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); };
  BOOST_TEST(is_valid(nested(1'000)));
  BOOST_TEST(!is_valid(nested(1'001)));
  BOOST_TEST(!is_valid(nested(200'000)));
  BOOST_TEST(!is_valid(std::string(200'000, '[')));
}

BOOST_AUTO_TEST_CASE(sqlite_accepts_the_json_that_we_accept)
{
  for (const std::string& json : {std::string("{\"a\":[1e308,-0,1E5,\"\\u0000\\ud83d\\ude00\"]}"),
                                  std::string(1'000, '[') + std::string(1'000, ']'),
                                  std::string("{\"a\":1,\"a\":2}"), std::string("\"\x7f\xC2\x80\"")}) {
    BOOST_TEST(is_valid(json));
    BOOST_TEST(sqlite_takes(json));
  }
}

BOOST_AUTO_TEST_CASE(an_error_says_what_and_where)
{
  JsonVisitor nobody;
  BOOST_TEST(scan_json("{\"a\":1,}", nobody).error().message ==
             "Missing a name for object member. at byte 7");
}

BOOST_AUTO_TEST_CASE(the_writer_escapes)
{
  JsonWriter writer;
  writer.begin_object().key("a\"b").string("\n\x01\xC3\xA3").key("n").number(-5).key("z").null().end_object();
  BOOST_TEST(writer.text() == "{\"a\\\"b\":\"\\n\\u0001\xC3\xA3\",\"n\":-5,\"z\":null}");
}

BOOST_AUTO_TEST_CASE(json_is_valid_utf8_whatever_it_is_given)
{
  JsonWriter writer;
  writer.begin_array().string("a\xe7\xe3o").string("ação").end_array();
  BOOST_TEST(writer.text() == "[\"a\uFFFD\uFFFDo\",\"ação\"]");
}

BOOST_AUTO_TEST_CASE(json_in_ascii_is_the_same_json)
{
  BOOST_TEST(ascii_json("{\"n\":\"\xC3\xA7 100% \xF0\x9F\x98\x80\",\"x\":1.50e3}") ==
             R"({"n":"\u00E7 100% \uD83D\uDE00","x":1.50e3})");
  BOOST_TEST(ascii_json("").empty());
}

BOOST_AUTO_TEST_SUITE_END()
