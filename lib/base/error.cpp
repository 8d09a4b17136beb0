#include "base/error.hpp"

namespace postbackd::base
{

void throw_exception_from_error(const Error& error, const boost::source_location&) { throw Failure(error); }

} // namespace postbackd::base
