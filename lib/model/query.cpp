#include "model/query.hpp"

#include <algorithm>

namespace postbackd::model
{

bool is_query_id(std::string_view text)
{
  const auto is_printable = [](char c) { return c >= ' ' && c <= '~'; };
  return !text.empty() && text.size() <= longest_query_id &&
         std::all_of(text.begin(), text.end(), is_printable);
}

} // namespace postbackd::model
