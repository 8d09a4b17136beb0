#include "progress.hpp"

#include <fmt/format.h>

#include <iostream>
#include <unistd.h>

namespace postbackd::ctl
{
namespace
{

constexpr std::int64_t least_shown = 1'000;

void print(const std::string& text) { std::cerr << "\r\033[K" << text << std::flush; }

} // namespace

Progress::Progress(std::optional<std::int64_t> total) : total_(total), shown_(::isatty(STDERR_FILENO) == 1) {}

Progress::~Progress()
{
  if (shown_) print("");
}

void Progress::show(std::int64_t done) const
{
  if (!shown_ || done < least_shown) return;
  print(total_ ? fmt::format("{} of {}", done, *total_) : fmt::format("{}", done));
}

void Progress::show(const std::string& what, std::int64_t done, std::int64_t total) const
{
  if (shown_) print(fmt::format("{} {} of {}", what, done, total));
}

} // namespace postbackd::ctl
