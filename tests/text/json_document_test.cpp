#include <boost/test/unit_test.hpp>

#include "text/json_document.hpp"

using namespace postbackd;

BOOST_AUTO_TEST_SUITE(json_document)

BOOST_AUTO_TEST_CASE(members_are_found_whatever_their_case)
{
  const auto document = text::JsonDocument::parse(
      R"({"QueryId":"q","n":-131,"f":3456.0,"list":[1,{"x":true}],"o":{"a":1,"b":null}})");
  BOOST_REQUIRE(document.has_value());
  const text::JsonNode root = document->root();
  BOOST_TEST(root.find("queryid").text() == "q");
  BOOST_TEST(*root.find("n").integer() == -131);
  BOOST_TEST(!root.find("f").integer());
  BOOST_TEST(root.find("n").text() == "");
  BOOST_TEST(*root.find("list").elements().at(1).find("x").flag());
  BOOST_TEST(root.find("o").members().size() == 2u);
  BOOST_TEST(root.find("o").json() == R"({"a":1,"b":null})");
  BOOST_TEST(!root.find("absent").present());
  BOOST_TEST(root.find("absent").find("below").elements().empty());
  BOOST_TEST(text::JsonNode().json() == "null");
}

BOOST_AUTO_TEST_CASE(invalid_json_is_an_error)
{
  for (const std::string& text : {std::string(), std::string("<html>"), std::string("{"), std::string("{}x"),
                                  std::string("\"\xff\""), std::string(2'000, '[')})
    BOOST_TEST(!text::JsonDocument::parse(text).has_value());
}

BOOST_AUTO_TEST_SUITE_END()
