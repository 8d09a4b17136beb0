#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/log.hpp"

// The last lines of the log, for whoever cannot read the journal. Without debug; a thousand, of at most 4 KiB
// each.
namespace postbackd::base::log
{

// Any thread. `line` is a JSON object (format_json).
void remember(std::string_view event, std::string line);

// Returns up to `most` of them, the newest first: those of an event, or all if it is empty. Any thread.
std::vector<std::string> newest(std::string_view event, std::size_t most);

} // namespace postbackd::base::log
