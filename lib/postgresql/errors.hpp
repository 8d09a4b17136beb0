#pragma once

#include <libpq-fe.h>
#include <string>

#include "base/error.hpp"

namespace postbackd::postgresql
{

// The SQLSTATE of a change in a store that has moved (sql::moved_words).
constexpr auto moved_state = "PBMVD";

// Returns what an error of the server means to a caller: a value that it refuses is `invalid`, a store that
// has moved `fatal`, everything else `unavailable`. With SQLSTATE and the server's hint.
base::Error to_error(const PGresult* result);

// Returns a message of libpq without the line end.
std::string trimmed(const char* message);

} // namespace postbackd::postgresql
