#pragma once

#include <CLI/CLI.hpp>

#include <functional>

#include "configuration.hpp"

namespace postbackd
{

// Adds `fans` and `fanbase`; the one that is given goes to `command`.
void add_fanbase_commands(CLI::App& app, std::function<int(const Configuration&)>& command);

} // namespace postbackd
