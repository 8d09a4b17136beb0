// What applications read of results and events, and what an operator does with a store as a whole.
#include "model/data_subject.hpp"
#include "store/contract/asking_fixture.hpp"

using namespace postbackd;
using namespace postbackd::test;
using namespace postbackd::test::contract;
using namespace std::chrono_literals;

namespace
{

struct Reading : Asking {
  store::QueryStore& queries() { return store->queries(); }
  static void nothing(std::int64_t, std::int64_t) {}
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(reading, Reading)

BOOST_AUTO_TEST_CASE(results_are_read_whole_small_ones_many_at_once)
{
  registers("q-1");
  registers("q-2");
  const auto small = keep(result_of("q-1")).receipt;
  const auto large = keep(result_of("q-2", std::string(10'000, 'x'))).receipt;
  BOOST_TEST(queries().has_result(seen("q-1"), small));
  BOOST_TEST(!queries().has_result(seen("q-1"), large));
  BOOST_TEST(queries().body(small, false).bytes == result_of("q-1"));
  BOOST_TEST(queries().body(small, true).size == result_of("q-1").size());
  const auto read = queries().small_results({small, large}, 5'000, 1'000'000);
  BOOST_REQUIRE(read.size() == 2u);
  BOOST_TEST(read[0].value() == result_of("q-1"));
  BOOST_TEST(!read[1]);
  BOOST_CHECK_THROW(queries().body(small + 1'000'000, false), base::Failure);
  BOOST_TEST(operators->body(small).value() == result_of("q-1"));
  BOOST_TEST(operators->query_of(small).value() == "q-1");
  BOOST_TEST(!operators->query_of(1));
}

BOOST_AUTO_TEST_CASE(a_body_in_pieces_is_read_piece_by_piece)
{
  registers("q-1");
  const std::string body = result_of("q-1", std::string(3 << 20, 'x'));
  const auto stored = queries().body(keep(body).receipt, true);
  std::string read = stored.bytes;
  if (stored.pieces)
    for (std::int64_t part = 0;; ++part) {
      const std::string piece = queries().piece(*stored.pieces, part);
      if (piece.empty()) break;
      read += piece;
    }
  BOOST_TEST((read == body));
  BOOST_TEST(stored.size == body.size());
}

BOOST_AUTO_TEST_CASE(queries_are_listed_by_client_time_and_receipt)
{
  const auto begin = clock.now();
  for (int i = 1; i <= 6; ++i) {
    registers("q-" + std::to_string(i), {}, {.client = i % 2 == 0 ? "crm" : "erp"});
    clock.advance(1h);
  }
  const auto ids = [&](store::QuerySelection selection, const store::Viewer& viewer, std::size_t most = 10) {
    std::string text;
    for (const auto& query : queries().list(std::move(selection), viewer, most))
      text += query.query_id + " ";
    return text;
  };
  BOOST_TEST(ids({.client = "crm"}, local) == "q-6 q-4 q-2 ");
  BOOST_TEST(ids({.client = "crm"}, {"erp", false}) == "q-5 q-3 q-1 "); // its own, whatever it asks for
  BOOST_TEST(ids({.since = begin + 1h, .until = begin + 4h}, local) == "q-4 q-3 q-2 ");
  BOOST_TEST(ids({.since = begin + 90min}, local, 2) == "q-6 q-5 ");
  BOOST_TEST(ids({.until = begin}, local) == "");
  BOOST_TEST(ids({.since = begin + 24h}, local) == "");
  const auto newest = queries().list({.until = begin + 4h}, local, 1).at(0).row;
  BOOST_TEST(ids({.before = newest, .until = begin + 4h}, local) == "q-3 q-2 q-1 ");
  const auto receipt = keep(result_of("q-3")).receipt;
  BOOST_TEST(ids({.receipt = receipt}, local) == "q-3 ");
  BOOST_TEST(ids({.receipt = receipt}, {"crm", false}) == "");
  BOOST_TEST(ids({.receipt = receipt + 1'000'000}, local) == "");
}

BOOST_AUTO_TEST_CASE(a_story_is_told_to_each_viewer_as_far_as_it_may_see)
{
  store->deliveries().open({{"h", "exec", false, 0, {}, 0}}, 0, clock.now());
  registers("q-1", {}, {.client = "crm"});
  registers("", c_2, {.client = "erp"});
  const auto receipt = keep(result_of("q-1")).receipt;
  keep(R"({"QueryId":"q-1","Result":["another"]})"); // an extra one
  keep(R"({"QueryId":"q-1","Result":["to the URL of erp"]})", c_2);
  store::DeliveryStore::Step step;
  for (const model::Event& event : store->deliveries().events_after(0, 10)) {
    step.deliveries.push_back({event.id, "h"});
    step.routed = event.id;
  }
  store->deliveries().advance(step, clock.now());
  store->deliveries().advance({.capacities = {{"h", 10, false}}}, clock.now());
  const store::Story whole = queries().story(*queries().find(model::QueryId{"q-1"}, local), 100);
  BOOST_REQUIRE(whole.query.has_value());
  BOOST_TEST(whole.query->receipt.value() == receipt);
  BOOST_TEST(whole.postbacks.size() == operators->story("q-1").postbacks.size());
  BOOST_TEST(!whole.deliveries.empty());
  BOOST_TEST(!whole.attempts.empty());
  const store::Story own = queries().story(*queries().find(model::QueryId{"q-1"}, {"crm", false}), 100);
  BOOST_TEST(own.postbacks.size() == 2u);
  BOOST_TEST(own.deliveries.empty());
  BOOST_TEST(own.attempts.empty());
  const auto newest = queries().story(*queries().find(model::QueryId{"q-1"}, {"crm", false}), 1).postbacks;
  BOOST_REQUIRE(newest.size() == 1u);
  BOOST_TEST(newest[0].receipt > receipt);
}

BOOST_AUTO_TEST_CASE(whoever_follows_is_told_from_one_of_another_store)
{
  registers("q-1");
  keep(result_of("q-1"));
  const auto newest = queries().newest();
  BOOST_TEST(newest.event == queries().events_after(0, 10).back().id);
  BOOST_TEST(newest.event == store->deliveries().last_event());
  BOOST_TEST(!queries().parted_at(newest.event));
  BOOST_TEST(!queries().parted_at(0));
  BOOST_TEST(queries().parted_at(newest.event + 1'000'000).has_value());
  BOOST_TEST(queries().events({newest.event}).size() == 1u);
}

BOOST_AUTO_TEST_CASE(what_is_erased_is_gone_for_everybody_and_noted)
{
  model::Query query;
  query.label = "of 52998224725";
  registers("q-1", "", query);
  registers("q-2");
  const auto receipt = keep(result_of("q-1", "52998224725")).receipt;
  keep(result_of("q-2"));
  store::Archive& archive = operators->archive();
  const store::ToErase person{.subject = model::DataSubject::of_document("52998224725")};
  BOOST_TEST(archive.erase(person, "a test", true, clock.now(), nothing).queries == 1);
  const store::Erased erased = archive.erase(person, "a test", false, clock.now(), nothing);
  BOOST_TEST(erased.queries == 1);
  BOOST_TEST(erased.postbacks == 1);
  BOOST_TEST(archive.complete_erasure(person).empty());
  BOOST_TEST(store->upkeep().complete_erasure().has_value());
  BOOST_TEST(operators->find("q-1")->label == "");
  BOOST_CHECK_THROW(queries().body(receipt, true), base::Failure);
  BOOST_TEST(queries().newest().erasures == 1);
  BOOST_TEST(archive.erase(person, "a test", false, clock.now(), nothing).is_nothing());
  queries().erase(seen("q-2"), clock.now());
  BOOST_TEST(operators->result("q-2").value() == "");
}

BOOST_AUTO_TEST_CASE(a_store_is_checked_exported_and_its_copies_are_noted)
{
  registers("q-1");
  keep(result_of("q-1"));
  keep("stranger");
  store::Archive& archive = operators->archive();
  std::vector<std::string> problems;
  archive.verify([&](const std::string& problem) { problems.push_back(problem); },
                 [](const std::string&, std::int64_t, std::int64_t) {});
  BOOST_TEST(problems.empty());
  int rows = 0;
  archive.export_postbacks(clock.now() - 1h, [&](const auto& values) {
    BOOST_TEST(values.size() == store::Archive::exported.size());
    return ++rows < 10;
  });
  BOOST_TEST(rows == 2);
  archive.note_backup(clock.now(), clock.now() + 24h);
  const auto figures = store->postbacks().figures(clock.now()).value();
  BOOST_TEST((figures.backed_up_at == clock.now()));
  BOOST_TEST((figures.backup_due == clock.now() + 24h));
  archive.note_access("somebody", "export", "", clock.now());
  run(queries().note_access({"shop", "result", {"q-1"}}, clock.now())).value();
  const std::int64_t before = store->deliveries().last_event();
  archive.mark_restored(clock.now()); // numbers that were given out do not come again
  registers("q-2");
  keep(result_of("q-2"));
  BOOST_TEST(store->deliveries().last_event() > before + 1'000);
}

BOOST_AUTO_TEST_CASE(recoveries_rest_where_nobody_looks_into_the_log)
{
  model::Query query;
  query.deadline_at = clock.now() + 1s;
  registers("q-1", "", query);
  clock.advance(2s);
  mark_overdue();
  BOOST_TEST(recoveries().size() == 1u);
  submissions().rest_recoveries();
  BOOST_TEST((state("q-1") == model::QueryState::overdue));
}

BOOST_AUTO_TEST_SUITE_END()
