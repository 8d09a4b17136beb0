#include "store/file_name.hpp"

namespace postbackd::store
{

const char* const default_file_name = "postbacks.sqlite3";

} // namespace postbackd::store
