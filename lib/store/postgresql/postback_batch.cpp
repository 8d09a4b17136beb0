#include "store/postgresql/postback_batch.hpp"

#include <unordered_set>

#include "postgresql/array.hpp"
#include "sql/statement.hpp"

namespace postbackd::store::postgresql
{
namespace
{

using postbackd::postgresql::Array;
using Type = Array::Type;

// The place in the group, and the query of each whose only name is the one in its body or URL, if nothing has
// happened to it. Of an erased one, nothing is kept.
constexpr auto find_sql = R"(
  SELECT u.place, q.id, (SELECT max(receipt) FROM postbacks)
    FROM unnest(?1::bigint[], ?2::text[], ?3::text[]) AS u (place, query_id, correlation)
    LEFT JOIN queries q
      ON ((u.correlation IS NULL AND q.query_id = u.query_id COLLATE nocase)
          OR (q.correlation = u.correlation AND q.query_id = u.query_id COLLATE nocase))
     AND NOT q.touched AND q.erased_at IS NULL AND q.state IN ('pending', 'submitting', 'queued')
   ORDER BY u.place)";
constexpr auto insert_postbacks_sql = R"(
  INSERT INTO postbacks (receipt, received_at, kept_at, route, correlation, remote, kind, content, query_row, query_id, status,
                         content_type, content_encoding, charset, bytes, sha256, source, problem)
  SELECT receipt, received_at, kept_at, route, correlation, remote, 'result', 'result', query_row, query_id, status,
         content_type, content_encoding, charset, bytes, sha256, source, problem
    FROM unnest(?1::bigint[], ?2::timestamptz[], ?3::timestamptz[], ?4::text[], ?5::text[], ?6::text[], ?7::bigint[], ?8::text[],
                ?9::text[], ?10::text[], ?11::text[], ?12::text[], ?13::bigint[], ?14::bytea[], ?15::text[], ?16::text[])
         AS u (receipt, received_at, kept_at, route, correlation, remote, query_row, query_id, status, content_type,
               content_encoding, charset, bytes, sha256, source, problem))";
constexpr auto insert_bodies_sql = R"(
  INSERT INTO bodies (receipt, raw, json, raw_pieces, json_pieces)
  SELECT * FROM unnest(?1::bigint[], ?2::bytea[], ?3::bytea[], ?4::bigint[], ?5::bigint[]))";
constexpr auto answer_sql = R"(
  UPDATE queries q
     SET state = CASE u.source WHEN 'log' THEN 'recovered' ELSE 'answered' END, answered_at = u.answered_at, receipt = u.receipt,
         touched = TRUE
    FROM unnest(?1::bigint[], ?2::bigint[], ?3::timestamptz[], ?4::text[]) AS u (id, receipt, answered_at, source)
   WHERE q.id = u.id)";
constexpr auto append_events_sql = R"(
  INSERT INTO events (kind, receipt, created_at)
  SELECT kind, receipt, at FROM unnest(?1::text[], ?2::bigint[], ?3::timestamptz[]) AS u (kind, receipt, at) ORDER BY receipt)";

void bind_array(sql::Statement& statement, int index, Array& array)
{
  sql::bind_blob(statement, index, array.bytes());
}

std::string_view bytes_of(const base::Sha256& digest)
{
  return {reinterpret_cast<const char*>(digest.data()), digest.size()};
}

void add(Array& array, const std::optional<std::int64_t>& number)
{
  number ? array.add(*number) : array.add_null();
}

// What cannot be an answer to a fresh query takes the long way.
bool may_answer(const model::Postback& postback)
{
  return postback.envelope.content == model::Content::result && postback.envelope.query_id;
}

} // namespace

PostbackBatch::PostbackBatch(sql::Database& database)
    : PostbackTable(database), find_(database, find_sql), insert_postbacks_(database, insert_postbacks_sql),
      insert_bodies_(database, insert_bodies_sql), answer_(database, answer_sql),
      append_events_(database, append_events_sql)
{
}

void PostbackBatch::begin_group()
{
  begin_without_looking();
  waiting_.clear();
}

void PostbackBatch::keep_in_group(const model::Postback& postback, const tables::BodyPieces& pieces,
                                  base::TimePoint now, model::Kept& kept)
{
  waiting_.push_back({&postback, pieces, now, &kept});
}

void PostbackBatch::end_group()
{
  if (!waiting_.empty()) {
    find_queries();
    keep_answers();
    for (Waiting& each : waiting_)
      if (each.query == 0) *each.kept = keep(*each.postback, each.pieces, each.now);
    waiting_.clear();
  }
  PostbackTable::end_group();
}

void PostbackBatch::find_queries()
{
  Array places(Type::number);
  Array query_ids(Type::text);
  Array correlations(Type::text);
  // An empty place too, for the newest receipt.
  for (std::size_t place = 0; place < waiting_.size(); ++place) {
    const model::Postback& postback = *waiting_[place].postback;
    places.add(static_cast<std::int64_t>(place));
    may_answer(postback) ? query_ids.add(postback.envelope.query_id) : query_ids.add_null();
    correlations.add(postback.correlation);
  }
  bind_array(find_, 1, places);
  bind_array(find_, 2, query_ids);
  bind_array(find_, 3, correlations);
  const sql::Reset reset(find_);
  std::unordered_set<std::int64_t> answered; // the first of two answers is one
  while (find_.step()) {
    has_seen(find_.column(2).int64());
    const std::int64_t query = find_.column(1).int64();
    if (query == 0 || !answered.insert(query).second) continue;
    waiting_.at(static_cast<std::size_t>(find_.column(0).int64())).query = query;
  }
}

void PostbackBatch::keep_answers()
{
  std::vector<Waiting*> answers;
  for (Waiting& each : waiting_) {
    if (each.query == 0) continue;
    *each.kept = {next_receipt(each.now), model::PostbackKind::result, false, false};
    count(*each.postback, *each.kept);
    answers.push_back(&each);
  }
  if (answers.empty()) return;
  write_postbacks(answers);
  write_bodies(answers);
  answer_queries(answers);
}

void PostbackBatch::write_postbacks(const std::vector<Waiting*>& answers)
{
  Array receipts(Type::number), received(Type::time), kept(Type::time), routes(Type::text),
      correlations(Type::text), remotes(Type::text), queries(Type::number), query_ids(Type::text),
      statuses(Type::text), types(Type::text), encodings(Type::text), charsets(Type::text),
      sizes(Type::number), digests(Type::bytes), sources(Type::text), problems(Type::text);
  for (const Waiting* each : answers) {
    const model::Postback& postback = *each->postback;
    const model::Envelope& envelope = postback.envelope;
    receipts.add(std::int64_t{each->kept->receipt});
    received.add(postback.received_at);
    kept.add(each->now);
    routes.add(std::string_view(postback.route));
    correlations.add(postback.correlation);
    remotes.add(std::string_view(postback.remote));
    queries.add(each->query);
    query_ids.add(envelope.query_id);
    statuses.add_unless_empty(envelope.status ? model::to_text(*envelope.status) : "");
    types.add_unless_empty(postback.content_type);
    encodings.add_unless_empty(postback.content_encoding);
    charsets.add_unless_empty(envelope.charset);
    sizes.add(static_cast<std::int64_t>(postback.raw.size()));
    digests.add(bytes_of(postback.sha256));
    sources.add(std::string_view(model::to_text(postback.source)));
    problems.add_unless_empty(envelope.problem);
  }
  int index = 1;
  for (Array* array : {&receipts, &received, &kept, &routes, &correlations, &remotes, &queries, &query_ids,
                       &statuses, &types, &encodings, &charsets, &sizes, &digests, &sources, &problems})
    bind_array(insert_postbacks_, index++, *array);
  sql::execute(insert_postbacks_);
}

void PostbackBatch::write_bodies(const std::vector<Waiting*>& answers)
{
  Array receipts(Type::number), raws(Type::bytes), jsons(Type::bytes), raw_pieces(Type::number),
      json_pieces(Type::number);
  for (const Waiting* each : answers) {
    const auto& json = each->postback->envelope.json;
    receipts.add(std::int64_t{each->kept->receipt});
    raws.add(std::string_view(each->postback->raw.bytes())); // empty if it is in pieces
    json && !each->pieces.json ? jsons.add(std::string_view(json->bytes())) : jsons.add_null();
    add(raw_pieces, each->pieces.raw);
    add(json_pieces, each->pieces.json);
  }
  int index = 1;
  for (Array* array : {&receipts, &raws, &jsons, &raw_pieces, &json_pieces})
    bind_array(insert_bodies_, index++, *array);
  sql::execute(insert_bodies_);
}

void PostbackBatch::answer_queries(const std::vector<Waiting*>& answers)
{
  Array queries(Type::number), receipts(Type::number), times(Type::time), sources(Type::text),
      kinds(Type::text);
  for (const Waiting* each : answers) {
    const bool recovered = each->postback->source == model::PostbackSource::log;
    using model::EventKind;
    queries.add(each->query);
    receipts.add(std::int64_t{each->kept->receipt});
    times.add(each->now);
    sources.add(std::string_view(model::to_text(each->postback->source)));
    kinds.add(std::string_view(model::to_text(recovered ? EventKind::recovered : EventKind::result)));
  }
  int index = 1;
  for (Array* array : {&queries, &receipts, &times, &sources})
    bind_array(answer_, index++, *array);
  sql::execute(answer_);
  bind_array(append_events_, 1, kinds);
  bind_array(append_events_, 2, receipts);
  bind_array(append_events_, 3, times);
  sql::execute(append_events_);
}

} // namespace postbackd::store::postgresql
