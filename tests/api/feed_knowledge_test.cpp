// Which of the events that commits have told follow those in memory, and when the store must be read.
#include <boost/test/unit_test.hpp>

#include "api/feed_knowledge.hpp"

using namespace postbackd;
using namespace postbackd::api;

namespace
{

NotedEvents noted(const std::vector<std::int64_t>& ids, bool has_more = false)
{
  NotedEvents noted{{}, has_more};
  for (const std::int64_t id : ids)
    noted.events.push_back({.id = id});
  return noted;
}

} // namespace

BOOST_AUTO_TEST_SUITE(feed_knowledge)

BOOST_AUTO_TEST_CASE(what_a_look_takes_and_when_it_reads_the_store)
{
  struct Row {
    const char* what;
    Knowledge knowledge;
    NotedEvents noted;
    std::vector<std::int64_t> added; // the memory ends with 10
    bool must_look;
  };
  const Row table[] = {
      {"nothing was told", Knowledge::current, noted({}), {}, false},
      {"the next ones", Knowledge::current, noted({11, 12}), {11, 12}, false},
      {"a look was faster", Knowledge::current, noted({9, 10, 11}), {11}, false},
      {"one is missing", Knowledge::current, noted({11, 13}), {11}, true},
      {"the first is missing", Knowledge::current, noted({12}), {}, true},
      {"a trigger may have written", Knowledge::current, noted({11}, true), {11}, true},
      {"nobody waited for a while", Knowledge::behind, noted({11}), {11}, true},
      {"nobody has waited yet", Knowledge::unknown, noted({1, 2}), {}, true},
  };
  for (const Row& row : table) {
    const TakenEvents taken = take(row.knowledge, 10, row.noted);
    std::vector<std::int64_t> ids;
    for (const model::EventNote& note : taken.added)
      ids.push_back(note.id);
    BOOST_TEST(ids == row.added, row.what);
    BOOST_TEST(taken.must_look == row.must_look, row.what);
  }
}

BOOST_AUTO_TEST_SUITE_END()
