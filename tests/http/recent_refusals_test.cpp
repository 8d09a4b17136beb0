#include <boost/test/unit_test.hpp>

#include <algorithm>

#include "http/recent_refusals.hpp"

using namespace postbackd;
using namespace std::chrono_literals;

namespace
{

const base::TimePoint noon{std::chrono::days(20'000) + 12h};

std::uint64_t sum_of(const std::vector<http::RecentRefusals::Entry>& entries)
{
  std::uint64_t sum = 0;
  for (const auto& entry : entries)
    sum += entry.count;
  return sum;
}

} // namespace

BOOST_AUTO_TEST_SUITE(recent_refusals)

BOOST_AUTO_TEST_CASE(what_is_older_than_a_quarter_of_an_hour_is_not_recent)
{
  http::RecentRefusals refusals;
  for (int minute = 0; minute < 40; ++minute) {
    refusals.add("unauthorized", "192.0.2.1", "/postback", noon + minute * 1min);
    BOOST_TEST(sum_of(refusals.recent(noon + minute * 1min)) == std::min(minute + 1, 15));
  }
  BOOST_TEST(sum_of(refusals.recent(noon + 53min)) == 1u);
  BOOST_TEST(refusals.recent(noon + 54min).empty());
}

BOOST_AUTO_TEST_CASE(the_newest_sender_comes_first)
{
  http::RecentRefusals refusals;
  refusals.add("unauthorized", "192.0.2.1", "/a", noon);
  refusals.add("unauthorized", "192.0.2.2", "/b", noon + 1s);
  refusals.add("unauthorized", "192.0.2.1", "/a", noon + 2s);
  const auto recent = refusals.recent(noon + 3s);
  BOOST_REQUIRE(recent.size() == 2u);
  BOOST_TEST(recent[0].remote == "192.0.2.1");
  BOOST_TEST(recent[0].count == 2u);
  BOOST_TEST(recent[1].path == "/b");
}

BOOST_AUTO_TEST_CASE(each_refusal_is_new_once)
{
  http::RecentRefusals refusals;
  refusals.add("store", "192.0.2.1", "/a", noon);
  refusals.add("store", "192.0.2.1", "/a", noon);
  BOOST_TEST(sum_of(refusals.take_new(noon)) == 2u);
  BOOST_TEST(refusals.take_new(noon).empty());
  BOOST_TEST(sum_of(refusals.recent(noon)) == 2u);
  refusals.add("store", "192.0.2.1", "/a", noon + 30min);
  BOOST_TEST(sum_of(refusals.take_new(noon + 30min)) == 1u);
}

BOOST_AUTO_TEST_CASE(strangers_do_not_decide_how_much_is_remembered)
{
  http::RecentRefusals refusals;
  for (int i = 0; i < 10'000; ++i)
    refusals.add("not_found", "2001:db8::" + std::to_string(i), std::string(5'000, 'x'), noon);
  const auto recent = refusals.recent(noon);
  BOOST_TEST(recent.size() <= 301u);
  BOOST_TEST(sum_of(recent) == 10'000u);
  for (const auto& entry : recent)
    BOOST_TEST(entry.path.size() <= 100u);
  BOOST_TEST(sum_of(refusals.take_new(noon + 1h)) == 10'000u);
  refusals.add("not_found", "192.0.2.1", "/", noon + 1h); // the flood is forgotten
  BOOST_TEST(refusals.recent(noon + 1h).front().remote == "192.0.2.1");
}

BOOST_AUTO_TEST_CASE(a_clock_that_goes_back_loses_no_count)
{
  http::RecentRefusals refusals;
  refusals.add("store", "192.0.2.1", "/a", noon);
  refusals.add("store", "192.0.2.1", "/a", noon - 5h);
  BOOST_TEST(sum_of(refusals.recent(noon - 5h)) >= 1u);
  BOOST_TEST(sum_of(refusals.take_new(noon - 5h)) == 2u);
}

BOOST_AUTO_TEST_SUITE_END()
