#include "http/refusals.hpp"

#include <numeric>

#include "base/log.hpp"

namespace postbackd::http
{
namespace
{

constexpr std::uint32_t lines_of_a_kind = 10;
constexpr std::chrono::minutes each{1};

// Returns whether the failure is ours; with the other kinds, the other side failed.
bool is_ours(Refusal refusal) { return refusal == Refusal::store || refusal == Refusal::internal; }

// Other paths are whatever a stranger has asked for.
bool has_path_of_ours(Refusal refusal)
{
  return refusal == Refusal::unauthorized || refusal == Refusal::too_large || is_ours(refusal);
}

// Names of queries are not counted apart: `/postback/q/*`.
std::string path_of_route(std::string_view path)
{
  constexpr std::size_t name_of_a_query = 32;
  const std::size_t last = path.rfind('/');
  if (last == path.npos || path.size() - last - 1 < name_of_a_query) return std::string(path);
  return std::string(path.substr(0, last + 1)) + "*";
}

} // namespace

std::string_view to_text(Refusal refusal)
{
  constexpr std::array<std::string_view, refusal_count> texts{
      "malformed",       "unauthorized", "not_found",   "method",
      "timeout",         "too_large",    "expectation", "header_too_large",
      "transfer_coding", "store",        "internal",    "vanished",
      "connections",     "tls"};
  return texts[static_cast<std::size_t>(refusal)];
}

Refusals::Refusals() : limits_(refusal_count, base::RateLimit(lines_of_a_kind, each)) {}

void Refusals::add(Refusal refusal, std::string_view remote, std::string_view path, std::string_view why)
{
  const auto index = static_cast<std::size_t>(refusal);
  ++counts_[index];
  recent_.add(to_text(refusal), remote == "-" ? "" : remote,
              has_path_of_ours(refusal) && path != "-" ? path_of_route(path) : "", base::SystemClock().now());
  std::optional<std::uint64_t> held;
  {
    const std::lock_guard lock(mutex_);
    held = limits_[index].pass();
  }
  if (!held) return;
  base::log::write(
      is_ours(refusal) ? base::log::Level::error : base::log::Level::warning, "refused",
      {{"kind", to_text(refusal)}, {"remote", remote}, {"path", path}, {"why", why}, {"held_back", *held}});
}

void Refusals::tell_held_back()
{
  for (std::size_t i = 0; i < refusal_count; ++i) {
    std::uint64_t held = 0;
    {
      const std::lock_guard lock(mutex_);
      held = limits_[i].end();
    }
    if (held > 0)
      base::log::warning("refused", {{"kind", to_text(static_cast<Refusal>(i))}, {"held_back", held}});
  }
}

std::uint64_t Refusals::total() const
{
  return std::accumulate(counts_.begin(), counts_.end(), std::uint64_t{0});
}

} // namespace postbackd::http
