#pragma once

#include <algorithm>
#include <string_view>
#include <vector>

namespace postbackd::base
{

// Returns how many letters must be inserted, removed or replaced to make one text of the other (Levenshtein).
inline std::size_t edit_distance(std::string_view from, std::string_view to)
{
  std::vector<std::size_t> row(to.size() + 1);
  for (std::size_t j = 0; j <= to.size(); ++j)
    row[j] = j;
  for (std::size_t i = 1; i <= from.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= to.size(); ++j) {
      const std::size_t replaced = diagonal + (from[i - 1] == to[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({replaced, row[j] + 1, row[j - 1] + 1});
    }
  }
  return row.back();
}

} // namespace postbackd::base
