#include <boost/test/unit_test.hpp>

#include "model/query_id_scan.hpp"

using postbackd::model::find_query_id;

BOOST_AUTO_TEST_SUITE(query_id_scan)

BOOST_AUTO_TEST_CASE(the_top_level_query_id_of_broken_json_is_found)
{
  const std::pair<const char*, const char*> table[] = {
      {R"({"QueryId":"q-1","Result":[)", "q-1"},                                  // truncated
      {R"({"Result":[{"Name":"JOAO "BATISTA" SILVA"}],"QueryId":"q-2"})", "q-2"}, // quotes by best fit
      {R"({"Name":"5" wide","QueryId" : "q-3"})", "q-3"},                         // a single quote mark
      {R"({"a":1,,"QueryId":"q-4"})", "q-4"},
      {R"({"a":1,,"queryId":"q-4"})", "q-4"},
      {R"({"Result":[{"QueryId":"inner","x":"a "b" c"}],"QueryId":"q-5")", "q-5"},
      {R"({"a":"\"QueryId\":\"no\"","QueryId":"q-6",)", "q-6"},
      {"{\"a\":\"\xE3\",\"QueryId\":\"q-7\"", "q-7"},
  };
  for (const auto& [bytes, expected] : table)
    BOOST_TEST(find_query_id(bytes).value_or("none") == expected, bytes);
}

BOOST_AUTO_TEST_CASE(only_a_top_level_query_id_is_found)
{
  for (const char* bytes : {R"({"Result":[{"QueryId":"inner"}])", R"({"a":{"QueryId":"inner")",
                            R"({"a":"QueryId":"x")", R"({"QueryId":5)", R"({"QueryId":")",
                            R"({"QueryId":"a\"b",)", R"({"QueryId" "x")", "{", "", R"({"x":["QueryId","y"])"})
    BOOST_TEST(!find_query_id(bytes).has_value(), bytes);
  BOOST_TEST(!find_query_id("{\"QueryId\":\"" + std::string(1'000, 'x') + "\"").has_value());
  BOOST_TEST(!find_query_id(std::string(200'000, '[')).has_value());
  BOOST_TEST(!find_query_id(std::string(200'000, '"')).has_value());
}

BOOST_AUTO_TEST_SUITE_END()
