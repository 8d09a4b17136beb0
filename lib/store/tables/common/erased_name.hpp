#pragma once

#include <string>

namespace postbackd::store::tables
{

// Returns what stands in place of a QueryId or a correlation that was erased because it has a person's number
// in it. What comes under the old name later is of the same query, and is not kept. Ignores case, as QueryIds
// do.
std::string erased_name(const std::string& store_id, const std::string& name);

} // namespace postbackd::store::tables
