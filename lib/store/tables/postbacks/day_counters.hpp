#pragma once

#include <cstdint>
#include <string>

#include "model/postback.hpp"
#include "sql/statement.hpp"

namespace postbackd::store::tables
{

// The counters of v_stats, gathered over a group and written once, just before its commit. Writer thread
// only.
class DayCounters
{
public:
  explicit DayCounters(sql::Database& database);

  // Forgets the counts of a rolled-back group.
  void begin_group();
  void count(const std::string& day, const model::Postback& postback, const model::Kept& kept);
  void flush();

private:
  std::string day_; // of what is counted
  std::int64_t kinds_[5]{};
  std::int64_t repeats_ = 0;
  std::int64_t bytes_ = 0;
  sql::Statement add_;
};

} // namespace postbackd::store::tables
