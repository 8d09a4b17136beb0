#include "api/budget.hpp"

#include <fmt/format.h>

#include "api/problem.hpp"
#include "text/time.hpp"

namespace postbackd::api
{

http::Response over_budget(model::Budget::Exceeded exceeded, base::TimePoint now)
{
  namespace chrono = std::chrono;
  const auto today = chrono::floor<chrono::days>(now);
  const chrono::year_month_day date(today);
  const auto next_month = chrono::sys_days((date.year() / date.month() + chrono::months(1)) / 1);
  const bool by_day = exceeded == model::Budget::Exceeded::day;
  const base::TimePoint opens = by_day ? today + chrono::days(1) : next_month;
  http::Response response =
      problem(429, fmt::format("the client has submitted what {} allows; it opens at {}",
                               by_day ? "per_day" : "per_month", text::format_time(opens)));
  response.retry_after = chrono::ceil<chrono::seconds>(opens - now);
  return response;
}

} // namespace postbackd::api
