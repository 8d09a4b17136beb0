#include <boost/test/unit_test.hpp>

#include "api/feed_filter.hpp"
#include "api/problem.hpp"

using namespace postbackd;

namespace
{

api::FeedFilter of(const std::string& query)
{
  return api::FeedFilter::of(api::Parameters(query, {"event", "label", "group", "api"}));
}

api::FeedItem event(model::EventKind kind, bool is_erased = false)
{
  model::Event one;
  one.id = 1;
  one.kind = kind;
  one.is_erased = is_erased;
  if (!is_erased) one.label = one.group = one.api = "a";
  return api::FeedItem(one);
}

} // namespace

BOOST_AUTO_TEST_SUITE(feed_filter)

BOOST_AUTO_TEST_CASE(each_condition_must_hold)
{
  using model::EventKind;
  for (const char* good : {"", "event=result", "event=final,extra", "label=a&group=a&api=a"})
    BOOST_TEST(of(good).allows(event(EventKind::result)), good);
  for (const char* bad : {"event=closed", "label=b", "label=a&group=b", "api=A", "label="})
    BOOST_TEST(!of(bad).allows(event(EventKind::result)), bad);
  for (const char* wrong : {"event=", "event=alert", "event=era", "event=result,", "event=Result"})
    BOOST_CHECK_THROW(of(wrong), api::BadRequest);
}

// Its label is gone, and who keeps something of it must hear that it is.
BOOST_AUTO_TEST_CASE(what_was_erased_passes_conditions_of_words)
{
  using model::EventKind;
  BOOST_TEST(of("label=b&group=b&api=b").allows(event(EventKind::erased, true)));
  BOOST_TEST(of("event=final&label=b").allows(event(EventKind::closed, true)));
  BOOST_TEST(!of("event=result&label=b").allows(event(EventKind::erased, true)));
}

BOOST_AUTO_TEST_SUITE_END()
