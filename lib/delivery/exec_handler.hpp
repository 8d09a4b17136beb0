#pragma once

#include "delivery/handler.hpp"

namespace postbackd::delivery
{

// kind = "exec": runs `command` for each result, with the document on its standard input and the metadata in
// POSTBACK_… of an otherwise small environment. Exit code 0 is done, 65 is dead, everything else is a retry
// (sysexits.h: EX_DATAERR, EX_TEMPFAIL). Settings: command, kill_after.
std::unique_ptr<Handler> make_exec_handler(const HandlerOptions& options);
inline const HandlerKeys exec_keys{{"command", "kill_after"}, {}};

} // namespace postbackd::delivery
