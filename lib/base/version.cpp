#include "base/version.hpp"

namespace postbackd::base
{

const char* const version = POSTBACKD_VERSION;

} // namespace postbackd::base
