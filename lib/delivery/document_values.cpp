#include "delivery/document_values.hpp"

#include <set>

#include "text/json_pointer.hpp"

namespace postbackd::delivery
{

bool DocumentValues::match(const model::EventMatch& match)
{
  if (match.values.empty()) return true;
  std::set<std::string> pointers;
  for (const auto& [pointer, values] : match.values)
    pointers.insert(pointer);
  try {
    return match.matches_values(text::values_at(store_.document(event_, spool_), pointers));
  } catch (const base::Failure& failure) {
    if (failure.error().code == base::Errc::not_found) return false;
    throw;
  }
}

} // namespace postbackd::delivery
