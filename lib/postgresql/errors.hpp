#pragma once

#include <libpq-fe.h>
#include <string>

#include "base/error.hpp"

namespace postbackd::postgresql
{

// Returns what an error of the server means to a caller: a value that it refuses is `invalid`, everything
// else `unavailable`. With SQLSTATE and the server's hint.
base::Error to_error(const PGresult* result);

// Returns a message of libpq without the line end.
std::string trimmed(const char* message);

} // namespace postbackd::postgresql
