#include "run_application.hpp"

#include "application.hpp"

namespace postbackd
{

int run_application(const Configuration& configuration) { return Application(configuration).run(); }

} // namespace postbackd
