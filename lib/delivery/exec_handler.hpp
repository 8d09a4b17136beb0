#pragma once

#include <filesystem>

#include "delivery/handler.hpp"

namespace postbackd::delivery
{

// kind = "exec": runs `command` for each result, with the document on its standard input and the metadata in
// POSTBACK_… of an otherwise small environment. Exit code 0 is done, 65 is dead, everything else is a retry
// (sysexits.h: EX_DATAERR, EX_TEMPFAIL). Settings: command, kill_after. `messages` is the beginning of the
// paths of message files (MessageFile).
std::unique_ptr<Handler> make_exec_handler(const HandlerOptions& options,
                                           const std::filesystem::path& messages);
inline const HandlerKeys exec_keys{{"command", "kill_after"}, {}};

} // namespace postbackd::delivery
