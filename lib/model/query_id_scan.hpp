#pragma once

#include <optional>
#include <string>

#include "base/blob.hpp"

namespace postbackd::model
{

// The top-level QueryId of a JSON object that does not parse, or nothing. Never one that stands deeper:
// better no match than a wrong one. A quote ends a string only where JSON could go on, because .NET's Latin-1
// best fit turns curly quotes into plain ones inside strings (protocol, 1.2). Looks at the bytes: the charset
// may be what is broken.
std::optional<std::string> find_query_id(const base::Blob& bytes);

} // namespace postbackd::model
