#pragma once

#include <CLI/CLI.hpp>

#include <functional>

#include "configuration.hpp"

namespace postbackd
{

// Adds to postbackctl what an operator does with deliveries: deliveries, handlers, explain, retry, hold,
// release, kill, replay. The one that is given goes to `command`, which returns the exit code.
void add_delivery_commands(CLI::App& app, std::function<int(const Configuration&)>& command);

} // namespace postbackd
