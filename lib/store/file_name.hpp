#pragma once

namespace postbackd::store
{

// Where a store is, if the configuration does not say it.
extern const char* const default_file_name;

} // namespace postbackd::store
