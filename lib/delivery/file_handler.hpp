#pragma once

#include "delivery/handler.hpp"

namespace postbackd::delivery
{

// kind = "file": appends a JSON line for each result, synced before it is done. The file is opened anew for
// each, so that it can be renamed at any time. Settings: path.
std::unique_ptr<Handler> make_file_handler(const HandlerOptions& options);
inline const HandlerKeys file_keys{{"path"}, {}};

} // namespace postbackd::delivery
