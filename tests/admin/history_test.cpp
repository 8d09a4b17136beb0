// What a process has done in the last day.
#include <boost/test/unit_test.hpp>

#include "admin/history.hpp"
#include "text/json_document.hpp"

using namespace postbackd;
using namespace std::chrono_literals;
using admin::History;

namespace
{

struct HistoryFixture {
  base::TimePoint begin{std::chrono::days(20'000)};
  History history;

  // Returns the last values of a column: `1 2 3`.
  std::string last(const char* column, base::TimePoint now, std::size_t count,
                   std::chrono::seconds time = 1h) const
  {
    const std::string json = history.json(time, now);
    const auto document = text::JsonDocument::parse(json);
    BOOST_REQUIRE_MESSAGE(document.has_value(), json);
    const auto values = document->root().member(column).elements();
    BOOST_TEST(values.size() == static_cast<std::size_t>(time / History::step));
    std::string text;
    for (std::size_t i = values.size() - count; i < values.size(); ++i)
      text += (text.empty() ? "" : " ") + values[i].json();
    return text;
  }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(history, HistoryFixture)

BOOST_AUTO_TEST_CASE(each_step_has_what_was_done_since_the_one_before)
{
  history.note({.received = 5, .refused = 1}, 3ms, begin + 10s);
  history.note({.received = 7, .refused = 1, .delivered = 2}, 20ms, begin + 20s);
  history.note({.received = 7, .repeats = 4, .refused = 1, .delivered = 2, .failed = 1}, 0ms, begin + 30s);
  BOOST_TEST(last("received", begin + 31s, 4) == "0 5 2 0");
  BOOST_TEST(last("repeats", begin + 31s, 3) == "0 0 4");
  BOOST_TEST(last("refused", begin + 31s, 3) == "1 0 0");
  BOOST_TEST(last("delivered", begin + 31s, 3) == "0 2 0");
  BOOST_TEST(last("failed", begin + 31s, 3) == "0 0 1");
  BOOST_TEST(last("slowest_commit_us", begin + 31s, 3) == "3000 20000 0");
}

BOOST_AUTO_TEST_CASE(a_pause_is_zeros_and_a_day_later_nothing_is_left)
{
  history.note({.received = 5}, 1ms, begin + 10s);
  history.note({.received = 6}, 1ms, begin + 60s);
  BOOST_TEST(last("received", begin + 60s, 6) == "5 0 0 0 0 1");
  BOOST_TEST(last("received", begin + 24h + 60s, 1, 24h) == "0");
  history.note({.received = 9}, 1ms, begin + 24h + 10s); // in the place of the first one
  BOOST_TEST(last("received", begin + 24h + 10s, 8'640, 24h).starts_with("0 0 0 0 1 0"));
  BOOST_TEST(last("received", begin + 24h + 10s, 1, 24h) == "3");
}

BOOST_AUTO_TEST_CASE(a_note_that_comes_a_little_late_is_of_the_step_that_ended)
{
  history.note({.received = 1}, 1ms, begin + 10s + 3s);
  history.note({.received = 3}, 1ms, begin + 20s + 4s);
  BOOST_TEST(last("received", begin + 24s, 2) == "1 2");
  BOOST_TEST(last("received", begin + 27s, 2) == "1 2"); // the step that runs is none yet
}

BOOST_AUTO_TEST_SUITE_END()
