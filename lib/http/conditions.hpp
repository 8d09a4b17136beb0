#pragma once

#include <string_view>

#include "http/request.hpp"

// What a request says of the answer that it wants (RFC 9110).
namespace postbackd::http
{

// Returns whether the client wants the answer with gzip: it names `gzip` or `x-gzip`, else `*`, with a weight
// above zero (12.5.3).
bool accepts_gzip(const RequestHead& head);

// Returns whether the client has this version already: If-None-Match names it, weakly or not, or is `*`
// (13.1.2).
bool has_version(const RequestHead& head, std::string_view etag);

} // namespace postbackd::http
