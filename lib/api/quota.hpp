#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

namespace postbackd::api
{

// How much of something a client has at most at the same time. For one thread.
class Quota
{
public:
  explicit Quota(std::size_t most) : most_(most) {}

  // Takes `count` of it until the result is gone. Returns null if that would be too much; the first one is
  // always given.
  std::shared_ptr<void> take(std::size_t count = 1)
  {
    if (most_ == 0 || (*used_ > 0 && *used_ + count > most_)) return nullptr;
    return this->count(count);
  }
  // The same, however much it is.
  std::shared_ptr<void> count(std::size_t count)
  {
    *used_ += count;
    return {used_.get(), [used = used_, count](void*) { *used -= count; }};
  }
  // A reload goes on with what is taken.
  void succeed(const Quota& before) { used_ = before.used_; }

private:
  std::size_t most_;
  std::shared_ptr<std::size_t> used_ = std::make_shared<std::size_t>(0);
};

// How many a client may have on each day (UTC), counted since the daemon started. For one thread.
class DailyQuota
{
public:
  explicit DailyQuota(std::size_t most) : most_(most) {}

  // Returns false if there were enough on this day.
  bool take(std::int64_t day)
  {
    if (day != used_->day) *used_ = {day, 0};
    if (used_->count >= most_) return false;
    ++used_->count;
    return true;
  }
  // The last one was none.
  void give_back()
  {
    if (used_->count > 0) --used_->count; // else the day has ended meanwhile
  }
  void succeed(const DailyQuota& before) { used_ = before.used_; }

private:
  struct Used {
    std::int64_t day = 0;
    std::size_t count = 0;
  };
  std::size_t most_;
  std::shared_ptr<Used> used_ = std::make_shared<Used>();
};

} // namespace postbackd::api
