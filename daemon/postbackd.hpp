#pragma once

#include <functional>

#include "delivery/handler.hpp"

// The daemon as a library, for programs that bring their own kinds of handlers (docs/handlers.md).
namespace postbackd
{

// All of postbackd(8): its command line, its configuration, its signals. Calls `add_kinds` before the
// handlers of the configuration are made. Gives the exit code.
int run_daemon(int argc, char** argv, const std::function<void(delivery::HandlerRegistry&)>& add_kinds = {});

} // namespace postbackd
