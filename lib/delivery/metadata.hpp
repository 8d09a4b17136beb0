#pragma once

#include <string>
#include <utility>
#include <vector>

#include "delivery/handler.hpp"

namespace postbackd::delivery
{

// Returns what handlers pass to other programs with the document: name (`Query-Id`) and value, in a fixed
// order. Values are printable ASCII, percent-encoded where needed, to fit a header and an environment.
std::vector<std::pair<std::string, std::string>> metadata_of(const Delivery& delivery);

} // namespace postbackd::delivery
