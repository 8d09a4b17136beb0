#pragma once

#include <functional>
#include <string>

#include "configuration/configuration.hpp"

namespace postbackd
{

// Adds kinds of handlers to the built-in ones.
using AddKinds = std::function<void(delivery::HandlerRegistry&)>;

// Runs the daemon until its end. Returns the exit code. Apart from application.hpp, which costs half a minute
// to compile.
int run_application(Configuration configuration, const std::string& file, const AddKinds& add_kinds);

} // namespace postbackd
