#pragma once

#include <algorithm>
#include <optional>

#include "base/clock.hpp"
#include "model/postback.hpp"
#include "sql/statement.hpp"
#include "store/postback_store.hpp"
#include "store/tables/postbacks/day_counters.hpp"
#include "store/tables/postbacks/doubt.hpp"
#include "store/tables/postbacks/matcher.hpp"
#include "store/tables/queries/answer.hpp"
#include "store/tables/queries/event_table.hpp"

namespace postbackd::store::tables
{

// The numbers of the bodies that are kept in pieces.
struct BodyPieces {
  std::optional<std::int64_t> raw;
  std::optional<std::int64_t> json;
};

// Writes postbacks, what they change in their queries, and the events they cause. Every call is made on the
// writer thread, inside a transaction.
class PostbackTable
{
public:
  // With `note_events`, tell_events() knows the events.
  explicit PostbackTable(sql::Database& database, bool note_events = false);
  virtual ~PostbackTable() = default;

  // Returns the smallest receipt that a postback of this time or later can have.
  static model::Receipt first_receipt(base::TimePoint time);

  virtual void begin_group();
  // Keeps the postback. The pieces of its bodies that are not in memory must be stored already.
  model::Kept keep(const model::Postback& postback, const BodyPieces& pieces, base::TimePoint now);
  // The same; the outcome is there once end_group() has returned, and so long the postback must live.
  virtual void keep_in_group(const model::Postback& postback, const BodyPieces& pieces, base::TimePoint now,
                             model::Kept& kept)
  {
    kept = keep(postback, pieces, now);
  }
  // As Matcher::identify.
  bool identify(const std::string& correlation, const std::string& query_id, bool acknowledged,
                base::TimePoint now);
  virtual void end_group() { counters_.flush(); }
  // Adds to the committed group the events that keep() appended; says whether those are all.
  void tell_events(CommitGroup& group);

protected:
  // For whoever writes several postbacks at once. `newest` is the newest receipt in the database.
  void begin_without_looking() { begin(0); }
  void has_seen(model::Receipt newest) { last_receipt_ = std::max(last_receipt_, newest); }
  model::Receipt next_receipt(base::TimePoint now);
  void count(const model::Postback& postback, const model::Kept& kept);

private:
  void begin(model::Receipt newest);
  model::Kept keep_new(const model::Postback& postback, const BodyPieces& pieces, const Match& match,
                       base::TimePoint now);
  model::Kept count_repeat(const Repeats::Repeat& repeat, base::TimePoint now);
  void insert(const model::Postback& postback, const Match& match, const model::Kept& kept,
              base::TimePoint now);
  void insert_body(const model::Postback& postback, const BodyPieces& pieces, const model::Kept& kept);
  void update_query(const model::Postback& postback, const Match& match, const model::Kept& kept,
                    const std::string& now);
  void answer(const model::Postback& postback, const Match& match, model::Receipt receipt,
              const std::string& now);
  void append_event(model::EventKind event, const Match& match, const model::Postback& postback,
                    model::Receipt receipt, const std::string& now);

  const bool note_events_;
  std::vector<model::EventNote> noted_; // of this group
  std::size_t kept_ = 0;                // of this group: postbacks whose events are all noted
  Matcher matcher_;
  DayCounters counters_;
  Doubt doubt_;
  model::Receipt last_receipt_ = 0;
  sql::Statement last_receipt_in_file_;
  sql::Statement insert_postback_;
  sql::Statement insert_body_;
  sql::Statement repeat_;
  Answer answer_;
  sql::Statement notify_;
  sql::Statement recover_;
  sql::Statement recovered_;
  sql::Statement touch_;
  EventTable events_;
};

} // namespace postbackd::store::tables
