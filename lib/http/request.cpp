#include "http/request.hpp"

#include <algorithm>

#include "base/ascii.hpp"

namespace postbackd::http
{

std::size_t RequestHead::count(std::string_view name) const
{
  return static_cast<std::size_t>(std::count_if(fields.begin(), fields.end(), [name](const Field& f) {
    return base::equal_ignoring_case(f.name, name);
  }));
}

std::string_view RequestHead::first(std::string_view name) const
{
  const auto found = std::find_if(fields.begin(), fields.end(),
                                  [name](const Field& f) { return base::equal_ignoring_case(f.name, name); });
  return found == fields.end() ? std::string_view() : found->value;
}

std::optional<std::string_view> RequestHead::only(std::string_view name) const
{
  if (count(name) != 1) return std::nullopt;
  return first(name);
}

std::string RequestHead::joined(std::string_view name) const
{
  std::string all;
  for (const Field& field : fields)
    if (base::equal_ignoring_case(field.name, name)) (all += all.empty() ? "" : ",") += field.value;
  return all;
}

} // namespace postbackd::http
