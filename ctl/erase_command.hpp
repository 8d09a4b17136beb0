#pragma once

#include <string>

#include "store/archive.hpp"

namespace postbackd::ctl
{

// `2 queries, 3 postbacks, …`
std::string to_text(const store::Erased& erased);

} // namespace postbackd::ctl
