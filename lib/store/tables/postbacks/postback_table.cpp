#include "store/tables/postbacks/postback_table.hpp"

#include <algorithm>

#include "sql/statement.hpp"
#include "store/tables/common/names.hpp"
#include "text/time.hpp"

namespace postbackd::store::tables
{
namespace
{

using model::Postback;
using model::PostbackKind;
using model::Receipt;

constexpr auto insert_postback_sql = R"(
  INSERT INTO postbacks (receipt, received_at, kept_at, route, correlation, remote, kind, content, query_row, query_id,
                         status, content_type, content_encoding, charset, bytes, sha256, source, problem, stray, removed_at)
  VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20))";
constexpr auto insert_body_sql =
    "INSERT INTO bodies (receipt, raw, json, raw_pieces, json_pieces) VALUES (?1, ?2, ?3, ?4, ?5)";
constexpr auto repeat_sql = "UPDATE postbacks SET repeats = repeats + 1, repeated_at = ?2 WHERE receipt = ?1";
constexpr auto notify_sql = R"(
  UPDATE queries
     SET touched = TRUE,
         state = CASE WHEN state IN ('queued', 'submitting', 'pending', 'overdue') THEN 'notified' ELSE state END
   WHERE id = ?1)";
constexpr auto recover_sql = R"(
  INSERT INTO recoveries (query_row, why, next_attempt_at)
  SELECT id, ?2, ?3 FROM queries
   WHERE id = ?1 AND waiting AND NOT EXISTS (SELECT 1 FROM recoveries WHERE query_row = ?1)
     AND (?2 = 'undecodable' AND NOT given_up OR state IN ('queued', 'submitting', 'pending', 'overdue')))";
constexpr auto recovered_sql = "DELETE FROM recoveries WHERE query_row = ?1";
constexpr auto touch_sql = "UPDATE queries SET touched = TRUE WHERE id = ?1 AND NOT touched";

// A trigger of somebody else's may have ignored it; then a 200 would be a lie.
void insert_one(sql::Statement& statement)
{
  if (statement.exec() != 1)
    throw base::Failure(base::Errc::unavailable, "a trigger on the tables of the store keeps postbacks from "
                                                 "being stored: drop it");
}

void bind_text_unless_empty(sql::Statement& statement, int index, const std::string& text)
{
  if (text.empty())
    statement.bind(index);
  else
    bind_text(statement, index, text);
}

} // namespace

PostbackTable::PostbackTable(sql::Database& database, bool note_events)
    : note_events_(note_events), matcher_(database), counters_(database),
      last_receipt_in_file_(database, "SELECT max(receipt) FROM postbacks"),
      insert_postback_(database, insert_postback_sql), insert_body_(database, insert_body_sql),
      repeat_(database, repeat_sql), answer_(database), notify_(database, notify_sql),
      recover_(database, recover_sql), recovered_(database, recovered_sql), touch_(database, touch_sql),
      events_(database)
{
}

void PostbackTable::begin(Receipt newest)
{
  counters_.begin_group();
  matcher_.begin_group();
  noted_.clear();
  kept_ = 0;
  has_seen(newest);
}

// Another process may have kept postbacks since the last group.
void PostbackTable::begin_group()
{
  const Reset reset(last_receipt_in_file_);
  begin(last_receipt_in_file_.step() ? last_receipt_in_file_.column(0).int64() : 0);
}

void PostbackTable::count(const Postback& postback, const model::Kept& kept)
{
  counters_.count(text::day_of(postback.received_at), postback, kept);
}

model::Kept PostbackTable::keep(const Postback& postback, const BodyPieces& pieces, base::TimePoint now)
{
  const Match match = matcher_.match(postback, now);
  const model::Kept kept =
      match.repeat ? count_repeat(*match.repeat, now) : keep_new(postback, pieces, match, now);
  count(postback, kept);
  kept_ += !match.identified; // else triggers may have appended events too
  return kept;
}

bool PostbackTable::identify(const std::string& correlation, const std::string& query_id, bool acknowledged,
                             base::TimePoint now)
{
  return matcher_.identify(correlation, query_id, acknowledged, now);
}

model::Kept PostbackTable::count_repeat(const Repeats::Repeat& repeat, base::TimePoint now)
{
  repeat_.bind(1, static_cast<std::int64_t>(repeat.receipt)), repeat_.bind(2, text::format_time(now));
  execute(repeat_);
  return {repeat.receipt, repeat.kind, true};
}

model::Kept PostbackTable::keep_new(const Postback& postback, const BodyPieces& pieces, const Match& match,
                                    base::TimePoint now)
{
  const PostbackKind kind =
      model::kind_of(postback.envelope.content, match.query.has_value(), match.answered);
  const model::Kept kept{next_receipt(now),
                         match.erased && kind == PostbackKind::result ? PostbackKind::extra : kind, false,
                         match.erased};
  insert(postback, match, kept, now);
  insert_body(postback, pieces, kept);
  if (!match.problem.empty()) doubt_.tell(kept.receipt, match.problem);
  if (match.erased) return kept; // it changes nothing, and nobody is given it
  const std::string time = text::format_time(now);
  if (match.query && !match.answered) update_query(postback, match, kept, time);
  const bool extra = kept.kind == PostbackKind::extra;
  if (extra || (kind == PostbackKind::unmatched && postback.deliver_unmatched))
    append_event(extra ? model::EventKind::extra : model::EventKind::unmatched, match, postback, kept.receipt,
                 time);
  return kept;
}

void PostbackTable::insert(const Postback& postback, const Match& match, const model::Kept& kept,
                           base::TimePoint now)
{
  const Reset reset(insert_postback_);
  sql::Statement& s = insert_postback_;
  const model::Envelope& envelope = postback.envelope;
  const std::string received_at = text::format_time(postback.received_at);
  const std::string kept_at = text::format_time(now);
  static const std::string nothing;
  static const std::string erased = "erased";
  const std::string& problem = kept.discarded          ? erased
                               : match.problem.empty() ? envelope.problem
                                                       : match.problem;
  s.bind(1, static_cast<std::int64_t>(kept.receipt));
  bind_text(s, 2, received_at);
  bind_text(s, 3, kept_at);
  bind_text(s, 4, postback.route);
  // Of what is discarded, the names too may be those that were erased.
  const auto known = [&](const std::string& name) {
    return name.empty() ? std::nullopt : std::optional(name);
  };
  const auto correlation = kept.discarded ? known(match.correlation) : postback.correlation;
  const auto query_id = kept.discarded ? known(match.query_id) : envelope.query_id;
  bind_text_or_null(s, 5, correlation);
  bind_text(s, 6, postback.remote);
  bind_word(s, 7, model::to_text(kept.kind));
  bind_word(s, 8, model::to_text(envelope.content));
  match.query ? s.bind(9, *match.query) : s.bind(9);
  bind_text_or_null(s, 10, query_id);
  envelope.status ? bind_word(s, 11, model::to_text(*envelope.status)) : s.bind(11);
  bind_text_unless_empty(s, 12, kept.discarded ? nothing : postback.content_type);
  bind_text_unless_empty(s, 13, kept.discarded ? nothing : postback.content_encoding);
  bind_text_unless_empty(s, 14, kept.discarded ? nothing : envelope.charset);
  s.bind(15, static_cast<std::int64_t>(postback.raw.size()));
  bind_blob(s, 16, postback.sha256);
  bind_word(s, 17, model::to_text(postback.source));
  bind_text_unless_empty(s, 18, problem);
  s.bind(19, match.stray ? 1 : 0);
  kept.discarded ? bind_text(s, 20, kept_at) : s.bind(20);
  insert_one(s);
}

void PostbackTable::insert_body(const Postback& postback, const BodyPieces& pieces, const model::Kept& kept)
{
  static const std::string nothing;
  const Reset reset(insert_body_);
  insert_body_.bind(1, static_cast<std::int64_t>(kept.receipt));
  if (kept.discarded) {
    bind_blob(insert_body_, 2, nothing);
    for (int column = 3; column <= 5; ++column)
      insert_body_.bind(column);
    insert_one(insert_body_);
    return;
  }
  const auto& json = postback.envelope.json;
  bind_blob(insert_body_, 2, postback.raw.bytes()); // empty if it is in pieces
  json && !pieces.json ? bind_blob(insert_body_, 3, json->bytes()) : insert_body_.bind(3);
  pieces.raw ? insert_body_.bind(4, *pieces.raw) : insert_body_.bind(4);
  pieces.json ? insert_body_.bind(5, *pieces.json) : insert_body_.bind(5);
  insert_one(insert_body_);
}

// Updates a waiting query and its recovery: a result answers it, a notice marks it, an undecodable postback
// answers nothing.
void PostbackTable::update_query(const Postback& postback, const Match& match, const model::Kept& kept,
                                 const std::string& now)
{
  if (kept.kind == PostbackKind::result) return answer(postback, match, kept.receipt, now);
  const bool notice = kept.kind == PostbackKind::notice;
  recover_.bind(1, *match.query);
  bind_word(recover_, 2, notice ? "notice" : "undecodable");
  bind_text(recover_, 3, now);
  execute(recover_);
  sql::Statement& change = notice ? notify_ : touch_;
  change.bind(1, *match.query);
  execute(change);
  if (notice) append_event(model::EventKind::notice, match, postback, kept.receipt, now);
}

void PostbackTable::answer(const Postback& postback, const Match& match, Receipt receipt,
                           const std::string& now)
{
  const bool recovered = postback.source == model::PostbackSource::log;
  answer_.give(*match.query, recovered ? "recovered" : "answered", receipt, now);
  using model::EventKind;
  append_event(match.given_up ? EventKind::late
               : recovered    ? EventKind::recovered
                              : EventKind::result,
               match, postback, receipt, now);
  if (match.fresh) return;
  recovered_.bind(1, *match.query);
  execute(recovered_);
}

void PostbackTable::append_event(model::EventKind event, const Match& match, const Postback& postback,
                                 Receipt receipt, const std::string& now)
{
  const std::int64_t number = events_.append(event, {.receipt = receipt}, now);
  if (!note_events_) return;
  const std::string query_id = match.query ? match.query_id : postback.envelope.query_id.value_or("");
  noted_.push_back(
      {number, event, match.correlation.empty() ? query_id : match.correlation, query_id, match.client});
}

void PostbackTable::tell_events(CommitGroup& group)
{
  group.events = std::move(noted_);
  group.has_more_events = !note_events_ || kept_ != group.jobs;
  noted_.clear();
}

} // namespace postbackd::store::tables
