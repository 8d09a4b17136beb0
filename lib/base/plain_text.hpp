#pragma once

#include <string>
#include <string_view>

// Texts of other programs, of handlers and of remote hosts, on their way to a reader.
namespace postbackd::base
{

// Returns valid UTF-8 without NUL: U+FFFD stands in place of each byte that is not.
std::string as_utf8(std::string_view text);

// Returns one line of valid UTF-8 that steers no terminal: control characters (also of the C1 range) and
// those that change the direction of the text are shown as \xNN or \u{NNNN}.
std::string as_line(std::string_view text);
// The same of each of its lines.
std::string as_lines(std::string_view text);

} // namespace postbackd::base
