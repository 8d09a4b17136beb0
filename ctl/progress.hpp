#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace postbackd::ctl
{

// Shows progress on a terminal only, not for short work; disappears when it is done.
class Progress
{
public:
  explicit Progress(std::optional<std::int64_t> total = std::nullopt);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  void show(std::int64_t done) const;
  void show(const std::string& what, std::int64_t done, std::int64_t total) const;

private:
  std::optional<std::int64_t> total_;
  bool shown_;
};

} // namespace postbackd::ctl
