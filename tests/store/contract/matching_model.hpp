#pragma once

#include <optional>
#include <string>
#include <vector>

// The rules of matching as a model of their own: one QueryId and one correlation, registered and posted to in
// any order (ARCHITECTURE.md, "What must always hold"; CONTRIBUTING.md, "Glossary"). It shares no code with
// the store.
namespace postbackd::test::contract
{

enum class Step {
  register_query_id,
  register_correlation,
  register_both,
  result_on_route, // the first result; the others follow
  other_result_on_route,
  notice_on_route,
  garbage_on_route,
  result_on_own_url,
  other_result_on_own_url,
  notice_on_own_url,
  garbage_on_own_url,
};
constexpr int step_count = 11;

enum class Body { result, other_result, notice, garbage };
constexpr bool is_registration(Step step) { return step <= Step::register_both; }
constexpr bool is_on_own_url(Step step) { return step >= Step::result_on_own_url; }
constexpr Body body_of(Step step)
{
  return static_cast<Body>((static_cast<int>(step) - static_cast<int>(Step::result_on_route)) % 4);
}

class MatchingModel
{
public:
  void take(Step step);

  // `X C answered`, one for each query: whether it has the QueryId and the correlation, and its state.
  std::string queries() const;
  // `result+1 extra …`: the postbacks in their order with their repeats; those of no query stand as
  // `unmatched`.
  std::string postbacks() const;
  // The events in their order.
  std::string events() const { return events_; }

private:
  struct Query {
    bool has_query_id = false;
    bool has_correlation = false;
    bool notified = false;
    std::optional<Body> answer;
  };
  struct Postback {
    Body body;
    bool own_url;
    Query* query = nullptr;
    std::string kind = "unmatched";
    int repeats = 0;
  };

  void register_query_id();
  void register_correlation();
  void register_both();
  void receive(Body body, bool own_url);
  // The one query that both turn out to be.
  void join();
  void learn_query_id(Query& query);
  void claim(Query& query);
  void match(Postback& postback, Query& query, bool result_follows);
  bool is_repeat(Body body, bool own_url, const Query* query);
  void add_event(const char* event) { events_ += (events_.empty() ? "" : " ") + std::string(event); }
  Query* by_query_id();
  Query* by_correlation();

  Query first_;
  Query second_;
  std::vector<Query*> queries_;
  std::vector<Postback> postbacks_;
  std::string events_;
};

} // namespace postbackd::test::contract
