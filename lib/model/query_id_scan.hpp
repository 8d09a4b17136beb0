#pragma once

#include <optional>
#include <string>

#include "base/blob.hpp"

namespace postbackd::model
{

// Finds the top-level QueryId of a JSON object that does not parse. Never returns a nested one: no match is
// better than a wrong one. A quote ends a string only where JSON could continue, because .NET's Latin-1 best
// fit turns curly quotes into plain ones inside strings (docs/protocol.md, "The postback"). Reads bytes,
// because the charset may be the broken part.
std::optional<std::string> find_query_id(const base::Blob& bytes);

} // namespace postbackd::model
