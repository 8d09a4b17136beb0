// Records as people and programs see them.
#include <boost/test/unit_test.hpp>

#include <sstream>

#include "story_report.hpp"
#include "table.hpp"
#include "text/time.hpp"

using namespace postbackd;
using ctl::Row;

namespace
{

const Row row{{"id", std::string("a\nb")}, {"count", std::int64_t{3}}, {"active", true}, {"label", {}}};

std::string printed(bool json, int rows)
{
  std::ostringstream out;
  {
    ctl::TablePrinter printer(out, json);
    for (int i = 0; i < rows; ++i)
      BOOST_TEST(printer.print(row));
  }
  return out.str();
}

} // namespace

BOOST_AUTO_TEST_SUITE(table)

BOOST_AUTO_TEST_CASE(a_row_is_a_json_object_with_nulls)
{
  BOOST_TEST(ctl::to_json(row) == R"({"id":"a\nb","count":3,"active":true,"label":null})");
  BOOST_TEST(printed(true, 0) == "[]\n");
  BOOST_TEST(printed(true, 2) == "[\n" + ctl::to_json(row) + ",\n" + ctl::to_json(row) + "\n]\n");
}

BOOST_AUTO_TEST_CASE(people_get_aligned_lines)
{
  const std::string text = printed(false, 1);
  const std::size_t end = text.find('\n');
  BOOST_TEST(text.substr(0, end) == "id           count        active       label");
  BOOST_TEST(text.find('\n', end + 1) == text.size() - 1); // the line break of the value is none
  BOOST_TEST(text.find("3            yes          -\n") != std::string::npos, text);
  BOOST_TEST(printed(false, 0) == "");
}

BOOST_AUTO_TEST_CASE(a_reader_that_has_gone_is_noticed)
{
  std::ostringstream out;
  ctl::TablePrinter printer(out, false);
  out.setstate(std::ios::badbit);
  BOOST_TEST(!printer.print(row));
}

BOOST_AUTO_TEST_CASE(a_story_is_told_without_a_query_too)
{
  store::Story story;
  std::ostringstream nothing;
  ctl::print_story(nothing, story);
  BOOST_TEST(nothing.str().find("not registered") != std::string::npos);
  BOOST_TEST(nothing.str().find("no postback yet") != std::string::npos);
  store::QueryRecord query;
  query.query_id = "Q-1";
  query.label = "a\x1b[31m"; // what steers a terminal is not printed
  story.query = query;
  store::DeliveryRecord delivery;
  delivery.id = 7;
  delivery.handler = "crm";
  story.deliveries.push_back(delivery);
  store::AttemptRecord attempt;
  attempt.delivery = 7;
  attempt.attempt = 1;
  attempt.detail = "HTTP 500";
  story.attempts.push_back(attempt);
  std::ostringstream told;
  ctl::print_story(told, story);
  BOOST_TEST(told.str().find("query       Q-1\n") != std::string::npos, told.str());
  BOOST_TEST(told.str().find('\x1b') == std::string::npos);
  BOOST_TEST(told.str().find("running: HTTP 500") != std::string::npos, told.str());
  std::ostringstream json;
  ctl::print_story_json(json, story);
  BOOST_TEST(json.str().find(R"("postbacks":[],"deliveries":[{"delivery_id":7)") != std::string::npos,
             json.str());
}

BOOST_AUTO_TEST_SUITE_END()
