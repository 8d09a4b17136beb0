#pragma once

#include <string_view>

namespace postbackd::ctl
{

// Prints the bytes of a document of somebody else: as they are to a file or a pipe; to a terminal without
// what would steer it, line by line (base/plain_text.hpp).
void print_document(std::string_view document);

} // namespace postbackd::ctl
