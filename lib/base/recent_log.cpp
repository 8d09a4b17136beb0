#include "base/recent_log.hpp"

#include <deque>
#include <mutex>

namespace postbackd::base::log
{
namespace
{

constexpr std::size_t most_lines = 1'000;

struct Line {
  std::string event;
  std::string text;
};

struct Lines {
  std::mutex mutex;
  std::deque<Line> lines; // the newest first
};

Lines& recent()
{
  static Lines lines;
  return lines;
}

} // namespace

void remember(std::string_view event, std::string line)
{
  Lines& all = recent();
  const std::lock_guard lock(all.mutex);
  all.lines.push_front({std::string(event), std::move(line)});
  if (all.lines.size() > most_lines) all.lines.pop_back();
}

std::vector<std::string> newest(std::string_view event, std::size_t most)
{
  Lines& all = recent();
  const std::lock_guard lock(all.mutex);
  std::vector<std::string> found;
  for (const Line& line : all.lines) {
    if (found.size() == most) break;
    if (event.empty() || line.event == event) found.push_back(line.text);
  }
  return found;
}

} // namespace postbackd::base::log
