#include "store/contract/matching_model.hpp"

#include <algorithm>

namespace postbackd::test::contract
{

void MatchingModel::take(Step step)
{
  if (step == Step::register_query_id) return register_query_id();
  if (step == Step::register_correlation) return register_correlation();
  if (step == Step::register_both) return register_both();
  receive(body_of(step), is_on_own_url(step));
}

MatchingModel::Query* MatchingModel::by_query_id()
{
  for (Query* query : queries_)
    if (query->has_query_id) return query;
  return nullptr;
}

MatchingModel::Query* MatchingModel::by_correlation()
{
  for (Query* query : queries_)
    if (query->has_correlation) return query;
  return nullptr;
}

void MatchingModel::register_query_id()
{
  if (by_query_id()) return;
  queries_.push_back(queries_.empty() ? &first_ : &second_);
  learn_query_id(*queries_.back());
}

// A readable postback to its own URL has proven the QueryId, whenever it came.
void MatchingModel::register_correlation()
{
  if (by_correlation()) return;
  const auto proves = [](const Postback& p) { return p.own_url && p.body != Body::garbage; };
  const bool proven = std::any_of(postbacks_.begin(), postbacks_.end(), proves);
  if (proven) return register_both();
  queries_.push_back(queries_.empty() ? &first_ : &second_);
  queries_.back()->has_correlation = true;
  claim(*queries_.back());
}

void MatchingModel::register_both()
{
  Query* by_id = by_query_id();
  Query* own = by_correlation();
  if (by_id && own) return join();
  if (by_id) {
    by_id->has_correlation = true;
    return claim(*by_id);
  }
  if (!own) {
    queries_.push_back(&first_);
    own = &first_;
    own->has_correlation = true;
  }
  learn_query_id(*own);
}

void MatchingModel::join()
{
  Query* by_id = by_query_id();
  Query* own = by_correlation();
  if (by_id == own) return;
  by_id->has_correlation = true;
  by_id->notified = by_id->notified || own->notified;
  for (Postback& postback : postbacks_)
    if (postback.query == own) postback.query = by_id;
  std::erase(queries_, own);
}

void MatchingModel::learn_query_id(Query& query)
{
  query.has_query_id = true;
  claim(query);
}

// Readable postbacks by their QueryId, garbage by the URL it came to; in the order in which they came.
void MatchingModel::claim(Query& query)
{
  const auto claims = [&](const Postback& p) {
    if (p.query) return false;
    if (p.body == Body::garbage) return p.own_url && query.has_correlation;
    return query.has_query_id && (!p.own_url || query.has_correlation || !by_correlation());
  };
  const auto is_result = [](const Postback& p) {
    return p.body == Body::result || p.body == Body::other_result;
  };
  const bool result_follows = std::any_of(postbacks_.begin(), postbacks_.end(),
                                          [&](const Postback& p) { return claims(p) && is_result(p); });
  for (Postback& postback : postbacks_)
    if (claims(postback)) match(postback, query, result_follows);
}

// A notice is news only while there is no result.
void MatchingModel::match(Postback& postback, Query& query, bool result_follows)
{
  postback.query = &query;
  if (postback.body == Body::garbage) {
    postback.kind = "undecodable";
  } else if (postback.body == Body::notice) {
    postback.kind = "notice";
    if (!query.answer && !result_follows) add_event("notice");
    query.notified = true;
  } else if (query.answer) {
    postback.kind = "extra";
    add_event("extra");
  } else {
    postback.kind = "result";
    query.answer = postback.body;
    add_event("result");
  }
}

void MatchingModel::receive(Body body, bool own_url)
{
  if (own_url && by_correlation() && body != Body::garbage) register_both();
  Query* query = own_url ? by_correlation() : nullptr;
  if (!query && body != Body::garbage) query = by_query_id();
  if (is_repeat(body, own_url, query)) return;
  postbacks_.push_back({.body = body, .own_url = own_url});
  if (body == Body::garbage) postbacks_.back().kind = "undecodable";
  if (query) match(postbacks_.back(), *query, false);
}

// The same bytes for the same query; without a query, also sent to the same URL.
bool MatchingModel::is_repeat(Body body, bool own_url, const Query* query)
{
  for (Postback& postback : postbacks_) {
    const bool same_way = postback.own_url == own_url || (query && body != Body::garbage);
    if (postback.body != body || postback.query != query || !same_way) continue;
    ++postback.repeats;
    return true;
  }
  return false;
}

std::string MatchingModel::queries() const
{
  std::vector<std::string> texts;
  for (const Query* query : queries_)
    texts.push_back(std::string(query->has_query_id ? "X" : "-") + (query->has_correlation ? "C " : "- ") +
                    (query->answer     ? "answered"
                     : query->notified ? "notified"
                                       : "pending"));
  std::sort(texts.begin(), texts.end());
  std::string all;
  for (const std::string& text : texts)
    all += (all.empty() ? "" : ", ") + text;
  return all;
}

std::string MatchingModel::postbacks() const
{
  std::string text;
  for (const Postback& postback : postbacks_) {
    text += (text.empty() ? "" : " ") + postback.kind;
    if (!postback.query) text += "?";
    if (postback.repeats > 0) text += "+" + std::to_string(postback.repeats);
  }
  return text;
}

} // namespace postbackd::test::contract
