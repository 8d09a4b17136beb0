#pragma once

#include <CLI/CLI.hpp>

#include <functional>

#include "configuration.hpp"

namespace postbackd
{

// Adds `submit`; when it is given, what it does goes to `command`.
void add_submit_command(CLI::App& app, std::function<int(const Configuration&)>& command);

} // namespace postbackd
