#include "store/tables/postbacks/day_counters.hpp"

#include <algorithm>

#include "sql/statement.hpp"
#include "store/tables/common/names.hpp"

namespace postbackd::store::tables
{
namespace
{

constexpr auto open_sql =
    "INSERT INTO stats (day) SELECT ?1 WHERE NOT EXISTS (SELECT 1 FROM stats WHERE day = ?1)";

// The parameters from ?2 on follow the order of model::PostbackKind.
constexpr auto add_sql = R"(
  UPDATE stats
     SET results = results + ?2, notices = notices + ?3, extras = extras + ?4, unmatched = unmatched + ?5,
         undecodable = undecodable + ?6, repeats = repeats + ?7, bytes = bytes + ?8
   WHERE day = ?1)";

} // namespace

DayCounters::DayCounters(sql::Database& database) : open_(database, open_sql), add_(database, add_sql) {}

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
    open_day(day);
  }
  if (kept.repeat)
    ++repeats_;
  else {
    ++kinds_[static_cast<std::size_t>(kept.kind)];
    bytes_ += static_cast<std::int64_t>(postback.raw.size());
  }
}

void DayCounters::open_day(const std::string& day)
{
  day_ = day;
  bind_text(open_, 1, day_);
  execute(open_);
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
  add_.exec();
  begin_group();
}

} // namespace postbackd::store::tables
