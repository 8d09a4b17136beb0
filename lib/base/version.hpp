#pragma once

namespace postbackd::base
{

// The version that was built, as .ci/version prints it.
extern const char* const version;

} // namespace postbackd::base
