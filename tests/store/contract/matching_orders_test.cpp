// Every sequence of up to four steps of registering and receiving ends as the rules say.
#include <algorithm>
#include <map>

#include "store/contract/contract_fixture.hpp"
#include "store/contract/matching_model.hpp"
#include "support/machine.hpp"

using namespace postbackd;
using namespace postbackd::test;
using namespace postbackd::test::contract;

namespace
{

constexpr std::size_t everything = 1'000'000;

const std::size_t longest = whole ? 4 : 3; // the fourth step is no other code

struct Sequence {
  std::vector<Step> steps;
  std::string query_id;
  std::string correlation;
  MatchingModel model;
  std::vector<model::Receipt> receipts; // of what was kept, in order

  std::string text() const
  {
    static const char* const names[step_count] = {"register X",   "register C", "register both", "result",
                                                  "other result", "notice",     "garbage",       "result@C",
                                                  "other@C",      "notice@C",   "garbage@C"};
    std::string text;
    for (const Step step : steps)
      text += std::string(text.empty() ? "" : ", ") + names[static_cast<int>(step)];
    return text;
  }
  std::string body(Body body) const
  {
    switch (body) {
    case Body::result:
      return result_of(query_id, "1");
    case Body::other_result:
      return result_of(query_id, "2");
    case Body::notice:
      return notice_of(query_id);
    case Body::garbage:
      break;
    }
    return "garbage for " + query_id;
  }
};

// Each with a QueryId and a correlation of its own, so that all of them run in one store.
std::vector<Sequence> all_sequences()
{
  std::vector<Sequence> all;
  std::vector<std::vector<Step>> shorter{{}};
  for (std::size_t length = 1; length <= longest; ++length) {
    std::vector<std::vector<Step>> these;
    for (const auto& begin : shorter)
      for (int step = 0; step < step_count; ++step) {
        these.push_back(begin);
        these.back().push_back(static_cast<Step>(step));
        const std::string number = std::to_string(all.size());
        all.push_back({these.back(), "x-" + number, std::string(32 - number.size(), 'c') + number, {}, {}});
      }
    shorter = std::move(these);
  }
  return all;
}

struct Orders : Contract {
  // Takes every other step, where there may be one.
  std::unique_ptr<store::Store> second = is_for_several_receivers() ? store::open(options) : nullptr;

  bool registers_at(store::Store& receiver, const std::string& query_id, const std::string& correlation)
  {
    model::Query query;
    if (!query_id.empty()) query.query_id = query_id;
    if (!correlation.empty()) query.correlation = correlation;
    return run(receiver.queries().register_query(query, clock.now())).value().is_new;
  }
  // Takes the n-th step of each sequence.
  void take(std::vector<Sequence>& sequences, std::size_t n)
  {
    std::vector<model::Postback> postbacks;
    std::vector<Sequence*> senders;
    const bool is_of_second = second && n % 2 == 1;
    for (Sequence& sequence : sequences) {
      if (n >= sequence.steps.size()) continue;
      const Step step = sequence.steps[n];
      sequence.model.take(step);
      if (is_registration(step)) {
        const std::string query_id = step == Step::register_correlation ? "" : sequence.query_id;
        const std::string correlation = step == Step::register_query_id ? "" : sequence.correlation;
        if (is_of_second)
          registers_at(*second, query_id, correlation);
        else
          registers(query_id, correlation);
        continue;
      }
      postbacks.push_back(
          postback(sequence.body(body_of(step)), is_on_own_url(step) ? sequence.correlation : ""));
      senders.push_back(&sequence);
    }
    const auto kept = keep_all(postbacks, is_of_second ? *second : *store);
    for (std::size_t i = 0; i < kept.size(); ++i)
      if (!kept[i].repeat) senders[i]->receipts.push_back(kept[i].receipt);
  }

  using Queries = std::map<std::string, store::QueryRecord>; // by QueryId and by correlation

  Queries all_queries()
  {
    Queries queries;
    operators->list_queries({}, everything, clock.now(), [&](const store::QueryRecord& record) {
      for (const std::string& id : {record.query_id, record.correlation})
        if (!id.empty()) BOOST_TEST(queries.emplace(id, record).second, "two queries with " << id);
      return true;
    });
    return queries;
  }

  static std::string queries(const Sequence& sequence, const Queries& all)
  {
    const auto text = [&](const std::string& id) {
      const auto found = all.find(id);
      if (found == all.end()) return std::string();
      const store::QueryRecord& q = found->second;
      return std::string(q.query_id.empty() ? "-" : "X") + (q.correlation.empty() ? "- " : "C ") +
             std::string(model::to_text(q.state));
    };
    const std::string by_id = text(sequence.query_id);
    const std::string own = text(sequence.correlation);
    if (by_id.empty() || own.empty()) return by_id + own;
    const bool same = all.at(sequence.query_id).correlation == sequence.correlation;
    return same ? by_id : std::min(by_id, own) + ", " + std::max(by_id, own);
  }

  std::string postbacks(const Sequence& sequence,
                        const std::map<model::Receipt, store::PostbackRecord>& records,
                        const std::map<model::Receipt, store::PostbackRecord>& unmatched)
  {
    std::string text;
    for (const model::Receipt receipt : sequence.receipts) {
      const bool is_unmatched = unmatched.contains(receipt);
      const auto found = records.find(receipt);
      if (found == records.end() && !is_unmatched) return text + " (lost)";
      const store::PostbackRecord& record = is_unmatched ? unmatched.at(receipt) : found->second;
      text += (text.empty() ? "" : " ") + std::string(model::to_text(record.kind)) +
              (is_unmatched ? "?" : "") + (record.repeats > 0 ? "+" + std::to_string(record.repeats) : "");
    }
    return text;
  }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(matching_orders, Orders)

BOOST_AUTO_TEST_CASE(every_sequence_of_steps_ends_as_the_model_says)
{
  std::vector<Sequence> sequences = all_sequences();
  BOOST_TEST(sequences.size() == 11u + 121u + 1'331u + (whole ? 14'641u : 0u));
  for (std::size_t n = 0; n < longest; ++n)
    take(sequences, n);

  std::map<model::Receipt, store::PostbackRecord> unmatched;
  operators->list_unmatched(everything, [&](const store::PostbackRecord& record) {
    unmatched.emplace(record.receipt, record);
    return true;
  });
  std::map<std::string, std::string> events;
  for (const model::Event& event : store->deliveries().events_after(0, 1'000'000)) {
    std::string& text = events[event.query_id];
    text += (text.empty() ? "" : " ") + std::string(model::to_text(event.kind));
  }
  const Queries all = all_queries();
  int wrong = 0;
  for (const Sequence& sequence : sequences) {
    std::map<model::Receipt, store::PostbackRecord> records;
    const store::Story story = operators->story(sequence.query_id);
    for (const store::PostbackRecord& record : story.postbacks)
      records.emplace(record.receipt, record);
    if (!story.query || story.query->correlation.empty())
      for (const store::PostbackRecord& record : operators->story(sequence.correlation).postbacks)
        records.emplace(record.receipt, record);
    const std::string found = queries(sequence, all) + " | " + postbacks(sequence, records, unmatched) +
                              " | " + events[sequence.query_id];
    const std::string expected =
        sequence.model.queries() + " | " + sequence.model.postbacks() + " | " + sequence.model.events();
    if (found != expected && ++wrong <= 10)
      BOOST_TEST(found == expected, sequence.text() << ": " << found << "; expected " << expected);
  }
  BOOST_TEST(wrong == 0);
}

BOOST_AUTO_TEST_SUITE_END()
