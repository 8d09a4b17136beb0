#include <boost/test/unit_test.hpp>

#include "support/spool.hpp"
#include "text/json_pointer.hpp"

using namespace postbackd;

namespace
{

// Returns the value at the place, or `-`.
std::string at(const std::string& json, const std::string& pointer)
{
  const auto found = text::values_at(base::Blob(std::string(json)), {pointer, "/other"});
  return found.contains(pointer) ? found.at(pointer) : "-";
}

} // namespace

BOOST_AUTO_TEST_SUITE(json_pointer)

// RFC 6901, 5: its document, without what has objects and arrays as values.
BOOST_AUTO_TEST_CASE(each_place_has_its_value)
{
  const std::string json =
      R"({"foo":["bar","baz"],"":0,"a/b":1,"c%d":2,"e^f":3,"g|h":4,"i\\j":5,"k\"l":6," ":7,"m~n":8})";
  BOOST_TEST(at(json, "/foo/0") == "bar");
  BOOST_TEST(at(json, "/foo/1") == "baz");
  BOOST_TEST(at(json, "/") == "0");
  BOOST_TEST(at(json, "/a~1b") == "1");
  BOOST_TEST(at(json, "/c%d") == "2");
  BOOST_TEST(at(json, "/i\\j") == "5");
  BOOST_TEST(at(json, "/k\"l") == "6");
  BOOST_TEST(at(json, "/ ") == "7");
  BOOST_TEST(at(json, "/m~0n") == "8");
  for (const char* nothing : {"/foo", "/foo/2", "/foo/00", "/foo/-", "/bar", "/foo/0/0", "/a/b"})
    BOOST_TEST(at(json, nothing) == "-", nothing);
}

BOOST_AUTO_TEST_CASE(values_of_all_kinds_and_depths_are_found)
{
  const std::string json =
      R"({"Result":[{"a":{"b":[true,null,-1.50,"é"]}},{"a":{"b":[]}}],"Status":{"x":[{"Code":0}]}})";
  BOOST_TEST(at(json, "/Result/0/a/b/0") == "true");
  BOOST_TEST(at(json, "/Result/0/a/b/1") == "null");
  BOOST_TEST(at(json, "/Result/0/a/b/2") == "-1.50");
  BOOST_TEST(at(json, "/Result/0/a/b/3") == "é");
  BOOST_TEST(at(json, "/Result/1/a/b/0") == "-");
  BOOST_TEST(at(json, "/Status/x/0/Code") == "0");
  BOOST_TEST(at(R"([[[["deep"]]],"next"])", "/0/0/0/0") == "deep");
  BOOST_TEST(at(R"([[[["deep"]]],"next"])", "/1") == "next");
  BOOST_TEST(at(R"({"a":1,"a":2})", "/a") == "1");
  BOOST_TEST(at(R"({"a":1)", "/a") == "-"); // no JSON
  BOOST_TEST(at("\"alone\"", "/a") == "-");
}

BOOST_AUTO_TEST_CASE(a_document_in_a_file_is_read_too)
{
  test::DiskSpool disk;
  base::Blob json(disk.spool);
  json.append(R"({"head":"here","long":[")");
  for (int i = 0; i < 2'000; ++i)
    json.append(std::string(1'000, 'x'));
  json.append(R"(","tail"]})");
  const auto found = text::values_at(json, {"/head", "/long/0", "/long/1"});
  BOOST_TEST(found.at("/head") == "here");
  BOOST_TEST(found.at("/long/0").size() <= 4'096u);
  BOOST_TEST(found.at("/long/1") == "tail");
}

BOOST_AUTO_TEST_CASE(what_is_a_pointer)
{
  for (const char* good : {"/", "/a", "/a~0b~1c", "//"})
    BOOST_TEST(text::is_json_pointer(good), good);
  for (const char* wrong : {"", "a", "$.a", "/a~", "/a~2"})
    BOOST_TEST(!text::is_json_pointer(wrong), wrong);
}

BOOST_AUTO_TEST_SUITE_END()
