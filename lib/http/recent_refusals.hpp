#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "base/clock.hpp"

namespace postbackd::http
{

// Who was refused lately, and why. A few hundred senders are told apart; the rest are one with an empty
// address, so that nobody decides how much we remember. Thread-safe.
class RecentRefusals
{
public:
  struct Entry {
    std::string reason;
    std::string remote;
    std::string path;
    std::uint64_t count;
    base::TimePoint last;
  };

  static constexpr std::chrono::minutes window{15};

  void add(std::string_view reason, std::string_view remote, std::string_view path, base::TimePoint now);
  // Those of the window, the newest first.
  std::vector<Entry> recent(base::TimePoint now) const;
  // Those since the last call.
  std::vector<Entry> take_new(base::TimePoint now);

private:
  using Key = std::tuple<std::string, std::string, std::string>; // reason, remote, path
  struct Counts {
    std::array<std::uint64_t, window.count()> by_minute{};
    std::int64_t minute = 0; // of the newest count
    std::uint64_t unsaved = 0;
    base::TimePoint last{};

    void move_to(std::int64_t now);
    std::uint64_t sum() const;
  };

  mutable std::mutex mutex_;
  std::map<Key, Counts> counts_;
};

} // namespace postbackd::http
