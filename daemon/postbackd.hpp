#pragma once

#include <functional>

#include "delivery/handler.hpp"

// The daemon as a library, for programs that add their own kinds of handlers (docs/handlers.md).
namespace postbackd
{

// Runs postbackd(8): its command line, its configuration, its signals. Calls `add_kinds` before it makes the
// configured handlers. Returns the exit code.
int run_daemon(int argc, char** argv, const std::function<void(delivery::HandlerRegistry&)>& add_kinds = {});

} // namespace postbackd
