#pragma once

#include <map>
#include <set>
#include <string>

#include "base/blob.hpp"

namespace postbackd::text
{

// Returns whether the text is a JSON Pointer (RFC 6901) to something inside a document.
bool is_json_pointer(const std::string& text);

// Finds the texts, numbers and literals at these places of a JSON text of any size. Returns, by pointer, a
// text as it is (of a long one the first 4 KiB), and all else as written. Of members that occur twice, the
// first one counts. Nothing is at a place that is absent, an object or an array, nor in what is not JSON.
std::map<std::string, std::string> values_at(const base::Blob& json, const std::set<std::string>& pointers);

} // namespace postbackd::text
