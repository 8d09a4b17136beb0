#include "admin/refused_problems.hpp"

#include <fmt/format.h>

namespace postbackd::admin
{
namespace
{

// Refusals that may be results which somebody has paid for: what is refused, and what to do.
struct Lost {
  std::string_view reason; // http::to_text(Refusal)
  const char* what;
  const char* advice;
};
constexpr Lost lost_results[] = {
    {"unauthorized", "with a wrong secret (401)", "does the sender have a secret of the [[route]]?"},
    {"too_large", "as too large (413)", "raise [limits] body"},
    {"store", "because the store could not keep them (503)", "the log says why"},
    {"internal", "by a mistake of postbackd's (500)", "the log says which; please report it"}};

} // namespace

void add_refused(const Status& status, std::vector<Problem>& problems)
{
  for (const Lost& lost : lost_results) {
    std::uint64_t count = 0;
    const RecentRefusal* newest = nullptr;
    for (const RecentRefusal& refusal : status.recent) {
      if (refusal.reason != lost.reason) continue;
      count += refusal.count;
      if (!newest) newest = &refusal; // they are the newest first
    }
    if (count < static_cast<std::uint64_t>(status.process.alert_refused) || !newest) continue;
    problems.push_back({{"refused_" + std::string(lost.reason), "", false,
                         fmt::format("requests refused {} in the last 15 minutes: {}, the last one from {} "
                                     "to {}: {} (postbackctl report)",
                                     lost.what, count, newest->remote.empty() ? "many" : newest->remote,
                                     newest->path.empty() ? "-" : newest->path, lost.advice)}});
  }
}

} // namespace postbackd::admin
