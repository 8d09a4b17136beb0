// What one client registers, asks, closes or erases never reaches another one's query.
#include <tuple>

#include "model/correlation.hpp"
#include "store/contract/recoveries_fixture.hpp"

using namespace postbackd;
using namespace postbackd::test;
using namespace postbackd::test::contract;
using namespace std::chrono_literals;

namespace
{

const std::string result = R"({"QueryId":"q-1","Result":[1]})";

struct Ownership : Recoveries {
  static model::Query of(const std::string& client, const std::string& key = {})
  {
    model::Query query;
    query.client = client;
    if (!key.empty()) query.key = key;
    return query;
  }
  store::Enqueued enter(model::Query query, const std::string& query_id, const std::string& correlation = {})
  {
    if (!query_id.empty()) query.query_id = query_id;
    if (!correlation.empty()) query.correlation = correlation;
    return run(store->queries().register_query(query, clock.now())).value();
  }
  // As POST /v1/hooks does.
  store::Enqueued make_hooks(const model::Query& query) { return enter(query, "", model::new_correlation()); }

  static model::Submission asked_by(const std::string& client, const std::string& key = {})
  {
    model::Submission submission = question;
    submission.client = client;
    submission.max_age = 24h;
    if (!key.empty()) submission.key = key;
    return submission;
  }
  std::optional<store::VisibleQuery> seen(const std::string& id, const std::string& client)
  {
    return store->queries().find(model::query_name_of(id), {client});
  }
  void erase(const std::string& id, const std::string& client)
  {
    store->queries().erase(seen(id, client).value(), clock.now());
  }
  void share() { submissions().advance({}, clock.now()); }
  void acknowledge(const std::string& query_id)
  {
    answer(claim().at(0), model::SubmissionOutcome::accepted, query_id);
  }
  std::string document_of(const std::string& id) { return operators->result(id).value_or("none"); }
  std::string ends_of(const std::string& id)
  {
    std::string text;
    for (const model::Event& event : store->deliveries().events_after(0, 1'000))
      if (event.own_id == id) text += std::string(model::to_text(event.kind)) + " ";
    return text;
  }
  // The problems of postbacks that no query has.
  std::string problems()
  {
    std::string text;
    operators->list_unmatched(10, [&](const store::PostbackRecord& postback) {
      text += postback.problem + " ";
      return true;
    });
    return text;
  }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(ownership, Ownership)

BOOST_AUTO_TEST_CASE(a_query_is_seen_by_its_client_and_by_who_sees_all)
{
  const store::Enqueued entered = enter(of("a"), "q-1");
  BOOST_TEST(seen("q-1", "a").has_value());
  BOOST_TEST(!seen("q-1", "b"));
  BOOST_TEST(!seen("q-1", ""));
  BOOST_TEST(store->queries().find(model::QueryId{"q-1"}, {"b", true}).has_value());
  BOOST_TEST(!store->queries().find(entered, {"b"}));
  enter(of(""), "q-2"); // a program of this host
  BOOST_TEST(!seen("q-2", ""));
  BOOST_TEST(store->queries().list({}, {"a"}, 10).size() == 1U);
  BOOST_TEST(store->queries().list({}, {"b"}, 10).size() == 0U);
  BOOST_TEST(store->queries().list({}, {"b", true}, 10).size() == 2U);
}

BOOST_AUTO_TEST_CASE(no_query_id_has_the_spelling_of_an_id)
{
  for (const std::string& id : {model::new_correlation(), std::string(32, 'A')}) {
    BOOST_TEST(!model::is_query_id(id));
    BOOST_CHECK_THROW(operators->register_query({.query_id = id}, clock.now()), base::Failure);
  }
  for (const char* wrong : {" q", "q ", "{q}", "a\"b", "a'b", "\xC3\xA7", "a\nb"})
    BOOST_CHECK_THROW(operators->register_query({.query_id = wrong}, clock.now()), base::Failure);
  BOOST_TEST(registers(std::string(31, 'a')));
  BOOST_TEST(registers(std::string(33, 'a')));
}

BOOST_AUTO_TEST_CASE(the_key_of_a_submission_or_of_a_query_id_gives_no_hooks)
{
  queue(asked_by("b", "k1"));
  enter(of("b", "k2"), "q-2");
  BOOST_TEST(make_hooks(of("b", "k1")).belongs_to_another == "key");
  BOOST_TEST(make_hooks(of("b", "k2")).belongs_to_another == "key");
  acknowledge("q-1");
  keep(result);
  queue(asked_by("b", "k3")); // served
  BOOST_TEST(make_hooks(of("b", "k3")).belongs_to_another == "key");
  const store::Enqueued hooks = make_hooks(of("b", "k4"));
  const store::Enqueued again = make_hooks(of("b", "k4"));
  BOOST_TEST((hooks.is_new && !again.is_new && again.correlation == hooks.correlation));
  BOOST_TEST(make_hooks(of("a", "k4")).is_new);
}

BOOST_AUTO_TEST_CASE(an_id_goes_with_a_query_id_only_if_hooks_were_made_for_the_client)
{
  const std::string own = make_hooks(of("b")).correlation;
  const std::string others = make_hooks(of("a")).correlation;
  const std::string submission = enqueue(asked_by("b"));
  BOOST_TEST(enter(of("b"), "q-1", model::new_correlation()).is_unknown);
  BOOST_TEST(enter(of("b"), "q-1", others).belongs_to_another == "id");
  BOOST_TEST(enter(of("b"), "q-1", submission).is_unknown);
  BOOST_TEST(!operators->find("q-1"));
  BOOST_TEST(enter(of("b", "key of hooks"), "q-1", own).belongs_to_another.empty());
  BOOST_TEST(operators->find("q-1")->correlation == own);
}

BOOST_AUTO_TEST_CASE(the_key_that_hooks_were_made_with_is_no_other_query)
{
  const std::string id = make_hooks(of("b", "k")).correlation;
  const store::Enqueued named = enter(of("b", "k"), "q-1", id);
  BOOST_TEST((named.belongs_to_another.empty() && !named.is_unknown));
  BOOST_TEST(operators->find("q-1")->correlation == id);
}

BOOST_AUTO_TEST_CASE(registrations_that_contradict_each_other_change_nothing)
{
  const std::string id = make_hooks(of("b")).correlation;
  enter(of("b"), "q-1", id);
  const std::string other = make_hooks(of("b")).correlation;
  using Three = std::tuple<std::string, std::string, std::string>;
  for (const auto& [query_id, correlation, what] : {Three("q-2", id, "id"), {"q-1", other, "query_id"}}) {
    BOOST_TEST(enter(of("b"), query_id, correlation).belongs_to_another == what);
    BOOST_TEST(operators->find("q-1")->correlation == id);
    BOOST_TEST(!operators->find("q-2"));
    BOOST_TEST(operators->find(other)->query_id == "");
  }
}

BOOST_AUTO_TEST_CASE(a_body_at_an_own_url_does_not_take_the_query_of_another_client)
{
  model::Query a = of("a");
  a.label = "label of a";
  enter(a, "q-1");
  const std::string hooks = make_hooks(of("b")).correlation;
  keep(result, hooks);
  const store::QueryRecord now = operators->find("q-1").value();
  BOOST_TEST((now.state == model::QueryState::pending));
  BOOST_TEST((now.label == "label of a" && now.client == "a" && now.correlation.empty()));
  BOOST_TEST((state(hooks) == model::QueryState::pending));
  BOOST_TEST(problems() == "its QueryId and its URL belong to different queries ");
  BOOST_TEST(store->postbacks().figures(clock.now()).value().doubtful == 1);
  keep(result); // on the route
  BOOST_TEST((state("q-1") == model::QueryState::answered));
}

BOOST_AUTO_TEST_CASE(
    an_acknowledged_query_id_that_another_client_has_registered_is_no_reason_to_lose_the_result)
{
  const std::string early = enqueue(asked_by("b"));
  const auto claimed = claim().at(0);
  enter(of("a"), "q-1");
  keep(result, early);
  BOOST_TEST((state(early) == model::QueryState::submitting));
  answer(claimed, model::SubmissionOutcome::accepted, "q-1");
  BOOST_TEST((state(early) == model::QueryState::answered));
  BOOST_TEST(document_of(early) == result);
  BOOST_TEST((state("q-1") == model::QueryState::pending));

  const std::string late = enqueue([] {
    model::Submission other = asked_by("b");
    other.q = "doc{2}";
    return other;
  }());
  enter(of("a"), "q-2");
  acknowledge("q-2");
  keep(R"({"QueryId":"q-2","Result":[2]})", late);
  BOOST_TEST((state(late) == model::QueryState::answered));
}

BOOST_AUTO_TEST_CASE(a_result_with_another_query_id_than_the_acknowledged_one_serves_nobody_else)
{
  const std::string id = enqueue(asked_by("b"));
  const auto claimed = claim().at(0);
  keep(R"({"QueryId":"q-9","Result":["other"]})", id);
  answer(claimed, model::SubmissionOutcome::accepted, "q-1");
  BOOST_TEST(!queue(asked_by("a")).is_served);
  const store::PostbackRecord told = operators->story(id).postbacks.at(0);
  BOOST_TEST(told.problem == "its QueryId is not the one that the platform acknowledged");
  const store::StoreFigures figures = store->postbacks().figures(clock.now()).value();
  BOOST_TEST(figures.doubtful == 1);
  BOOST_TEST(figures.last_doubtful.value() == told.receipt);
  BOOST_TEST(store->postbacks().figures(clock.now() + std::chrono::days(2)).value().doubtful == 0);
}

BOOST_AUTO_TEST_CASE(an_erasure_of_a_client_leaves_others_what_they_share)
{
  const std::string source = enqueue(asked_by("b"));
  acknowledge("q-1");
  keep(result);
  const std::string a = enqueue(asked_by("a"));
  const std::string c = enqueue(asked_by("c"));
  BOOST_TEST(document_of(a) == result);
  erase(source, "b");
  BOOST_TEST(document_of(source) == "none");
  BOOST_TEST(seen(source, "b").value()->erased_at.has_value());
  for (const model::Event& event : store->queries().events_after(0, 100)) // the feed gives those no document
    BOOST_TEST(event.is_erased == (event.own_id == source));
  BOOST_TEST(document_of(a) == result);
  BOOST_TEST(document_of(c) == result);
  BOOST_TEST(operators->story(a).postbacks.size() == 1U);
  BOOST_TEST(ends_of(a) == "result ");
  erase(a, "a");
  BOOST_TEST(document_of(c) == result);
  const model::Receipt receipt = operators->find(c)->receipt.value();
  BOOST_TEST(operators->body(receipt).value() == result);
  erase(c, "c"); // nobody else has it now
  BOOST_TEST(operators->body(receipt).value() == "");
}

BOOST_AUTO_TEST_CASE(an_erased_copy_leaves_its_source)
{
  const std::string source = enqueue(asked_by("a"));
  acknowledge("q-1");
  keep(result);
  const std::string copy = enqueue(asked_by("b"));
  erase(copy, "b");
  BOOST_TEST(document_of(source) == result);
  BOOST_TEST(document_of(copy) == "none");
  BOOST_TEST(kinds(source) == "result");
}

BOOST_AUTO_TEST_CASE(who_has_joined_an_erased_query_goes_on)
{
  const std::string source = enqueue(asked_by("b"));
  acknowledge("q-1");
  const std::string joined = enqueue(asked_by("a"));
  BOOST_TEST((state(joined) == model::QueryState::joined));
  erase(source, "b");
  BOOST_TEST((state(source) == model::QueryState::closed));
  BOOST_TEST((state(joined) == model::QueryState::queued));
  BOOST_TEST(claim().at(0).correlation == joined);
}

BOOST_AUTO_TEST_CASE(who_has_joined_a_query_that_is_erased_right_after_its_answer_gets_it)
{
  const std::string source = enqueue(asked_by("b"));
  acknowledge("q-1");
  const std::string joined = enqueue(asked_by("a"));
  keep(result);
  erase(source, "b");
  BOOST_TEST((state(joined) == model::QueryState::answered));
  BOOST_TEST(document_of(joined) == result);
  BOOST_TEST(ends_of(joined) == "result ");
}

BOOST_AUTO_TEST_CASE(who_sees_all_erases_all_that_share_it)
{
  const std::string source = enqueue(asked_by("b"));
  acknowledge("q-1");
  keep(result);
  const std::string a = enqueue(asked_by("a"));
  const auto all = store->queries().find(model::query_name_of(source), {"local", true}).value();
  store->queries().erase(all, clock.now());
  BOOST_TEST((document_of(a) == "" && operators->find(a)->erased_at.has_value()));
}

BOOST_AUTO_TEST_CASE(the_source_of_another_client_is_not_named)
{
  const std::string source = enqueue(asked_by("a"));
  acknowledge("q-1");
  keep(result);
  const std::string foreign = enqueue(asked_by("b"));
  const std::string own = enqueue(asked_by("a"));
  BOOST_TEST((seen(foreign, "b").value()->served_from == "" && seen(foreign, "b").value()->is_shared));
  BOOST_TEST((seen(own, "a").value()->served_from == source && !seen(own, "a").value()->is_shared));
  BOOST_TEST((store->queries().list({}, {"b"}, 10).at(0).served_from == "" &&
              store->queries().story(*seen(foreign, "b"), 9).postbacks.empty()));
  const auto all = store->queries().find(model::query_name_of(foreign), {"x", true}).value();
  BOOST_TEST((all->served_from == source && store->queries().story(all, 9).postbacks.size() == 1u));
}

BOOST_AUTO_TEST_SUITE_END()
