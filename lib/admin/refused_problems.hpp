#pragma once

#include "admin/problems.hpp"
#include "admin/status.hpp"

namespace postbackd::admin
{

// Adds a problem for each reason for which results have been refused in the last 15 minutes.
void add_refused(const Status& status, std::vector<Problem>& problems);

} // namespace postbackd::admin
