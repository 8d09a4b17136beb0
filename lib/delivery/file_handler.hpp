#pragma once

#include "delivery/handler.hpp"

namespace postbackd::delivery
{

// kind = "file": appends a JSON line for each result, and syncs it before the delivery is done. Opens the
// file for each line, so that it can be renamed at any time. Settings: path.
std::unique_ptr<Handler> make_file_handler(const HandlerOptions& options);
inline const HandlerKeys file_keys{{"path"}, {}};

} // namespace postbackd::delivery
