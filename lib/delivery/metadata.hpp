#pragma once

#include <string>
#include <utility>
#include <vector>

#include "delivery/handler.hpp"

namespace postbackd::delivery
{

// What handlers of other programs are told besides the document: name (`Query-Id`) and value, in a fixed
// order. Values are printable ASCII, others percent-encoded, so that each fits a header and an environment.
std::vector<std::pair<std::string, std::string>> metadata_of(const Delivery& delivery);

} // namespace postbackd::delivery
