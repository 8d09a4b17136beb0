#include "store/tables/erasure/eraser.hpp"

#include <algorithm>
#include <thread>

#include "sql/statement.hpp"
#include "store/tables/common/names.hpp"
#include "store/tables/common/settings.hpp"
#include "store/tables/erasure/erase_names.hpp"
#include "store/tables/erasure/erase_rows.hpp"
#include "store/tables/erasure/relatives.hpp"
#include "text/time.hpp"

namespace postbackd::store::tables
{
namespace
{

using Clock = std::chrono::steady_clock;

// A transaction works for so long, and about as long again to be committed. The pause after it leaves three
// quarters of the writer's time.
constexpr std::chrono::milliseconds step_time{3};
constexpr int pause_steps = 3;
constexpr std::chrono::seconds longest_pause{1};

// Calls step(), which writes in one transaction and returns whether there is more to do, until there is not.
template<class Step>
void repeat(Step step)
{
  for (;;) {
    const Clock::time_point began = Clock::now();
    if (!step()) return;
    std::this_thread::sleep_for(
        std::min<Clock::duration>(pause_steps * (Clock::now() - began), longest_pause));
  }
}

// Calls erase(database, row) for each.
template<class Rows, class Erase>
void erase_each(const Eraser::Write& write, const Rows& rows, Erase erase)
{
  if (rows.empty()) return;
  std::size_t committed = 0;
  repeat([&] {
    std::size_t next = 0;
    write([&](sql::Database& database) {
      const Clock::time_point end = Clock::now() + step_time;
      next = committed;
      do
        erase(database, rows[next]);
      while (++next < rows.size() && Clock::now() < end);
    });
    committed = next;
    return committed < rows.size();
  });
}

void note_erasure(sql::Database& database, const Erased& erased, const std::string& reason,
                  const std::string& who, const std::string& now)
{
  sql::Statement insert(database, "INSERT INTO erasures (erased_at, reason, queries, postbacks, objects, "
                                  "app_events, who) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)");
  bind_text(insert, 1, now);
  bind_text(insert, 2, reason);
  insert.bind(3, erased.queries);
  insert.bind(4, erased.postbacks);
  insert.bind(5, erased.objects);
  insert.bind(6, erased.app_events);
  bind_text(insert, 7, who);
  insert.exec();
  ask_to_scrub(database, now);
}

} // namespace

void Eraser::note(const FoundToErase& found, base::TimePoint now) const
{
  if (hooks_.note) hooks_.note(reader_, found, now);
}

void Eraser::erase(const FoundToErase& found, const std::string& reason, const std::string& who,
                   base::TimePoint now)
{
  const std::string time = text::format_time(now);
  const auto at_time = [&time](auto function) {
    return [function, &time](sql::Database& database, std::int64_t row) { function(database, row, time); };
  };
  note(found, now);
  // Before the queries, by which some of them are found.
  erase_each(hooks_.write, found.objects, at_time(erase_object));
  erase_each(hooks_.write, found.app_events, at_time(erase_app_event));
  erase_each(hooks_.write, found.queries, at_time(erase_query));
  erase_each(hooks_.write, found.own_queries, at_time(erase_own_query));
  FoundToErase of_queries;
  for (const auto* queries : {&found.queries, &found.own_queries})
    for (const std::int64_t query : *queries) // now that no other comes
      for (const std::int64_t receipt : postbacks_of(reader_, query))
        of_queries.postbacks.push_back(receipt);
  note(of_queries, now);
  erase_each(hooks_.write, found.postbacks, at_time(erase_postback));
  erase_each(hooks_.write, of_queries.postbacks, at_time(erase_postback));
  erase_pieces();
  erase_texts(found);
  hooks_.write([&](sql::Database& database) {
    if (hooks_.forget_registration) hooks_.forget_registration(database);
    note_erasure(database, found.count(), reason, who, time);
  });
}

void Eraser::erase_texts(const FoundToErase& found)
{
  erase_each(hooks_.write, found.deliveries, erase_delivery_texts);
  erase_each(hooks_.write, found.recoveries, erase_recovery_text);
  erase_each(hooks_.write, found.audits, erase_audited_name);
  erase_each(hooks_.write, found.groups, erase_group_name);
  erase_each(hooks_.write, found.submissions, erase_submission);
  erase_each(hooks_.write, found.sent, erase_remote_id);
  erase_each(hooks_.write, found.users, erase_user);
  erase_each(hooks_.write, found.fans, erase_fan);
  erase_each(hooks_.write, found.names_of_queries, erase_names_of_query);
  erase_each(hooks_.write, found.names_of_postbacks, erase_names_of_postback);
}

void Eraser::erase_pieces()
{
  if (has_pieces(reader_)) repeat([&] { return erase_some_pieces(hooks_.write); });
}

bool Eraser::has_pieces(sql::Database& reader)
{
  return number_of(reader, "SELECT count(*) FROM (SELECT 1 FROM erased_pieces LIMIT 1) e") != 0;
}

bool Eraser::erase_some_pieces(const Write& write)
{
  bool more = true;
  write([&](sql::Database& database) {
    const Clock::time_point end = Clock::now() + step_time;
    do
      more = erase_piece(database);
    while (more && Clock::now() < end);
  });
  return more;
}

} // namespace postbackd::store::tables
