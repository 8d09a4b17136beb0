#include "store/tables/postbacks/day_counters.hpp"

#include <algorithm>

#include "sql/statement.hpp"
#include "store/tables/common/names.hpp"

namespace postbackd::store::tables
{
namespace
{

// The parameters from ?2 on follow the order of model::PostbackKind.
constexpr auto add_sql = R"(
  INSERT INTO stats (day, results, notices, extras, unmatched, undecodable, repeats, bytes)
  VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
  ON CONFLICT (day) DO UPDATE
     SET results = stats.results + excluded.results, notices = stats.notices + excluded.notices,
         extras = stats.extras + excluded.extras, unmatched = stats.unmatched + excluded.unmatched,
         undecodable = stats.undecodable + excluded.undecodable, repeats = stats.repeats + excluded.repeats,
         bytes = stats.bytes + excluded.bytes)";

} // namespace

DayCounters::DayCounters(sql::Database& database) : add_(database, add_sql) {}

void DayCounters::begin_group()
{
  day_.clear();
  std::fill(std::begin(kinds_), std::end(kinds_), 0);
  repeats_ = bytes_ = 0;
}

void DayCounters::count(const std::string& day, const model::Postback& postback, const model::Kept& kept)
{
  if (day != day_) {
    flush();
    day_ = day;
  }
  if (kept.repeat)
    ++repeats_;
  else {
    ++kinds_[static_cast<std::size_t>(kept.kind)];
    bytes_ += static_cast<std::int64_t>(postback.raw.size());
  }
}

void DayCounters::flush()
{
  if (day_.empty()) return;
  const Reset reset(add_);
  bind_text(add_, 1, day_);
  int index = 2;
  for (std::int64_t kind : kinds_)
    add_.bind(index++, kind);
  add_.bind(index++, repeats_);
  add_.bind(index, bytes_);
  execute(add_);
  begin_group();
}

} // namespace postbackd::store::tables
