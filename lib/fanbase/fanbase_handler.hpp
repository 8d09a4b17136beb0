#pragma once

#include <memory>

#include "base/clock.hpp"
#include "delivery/handler.hpp"
#include "store/fanbase_store.hpp"

namespace postbackd::fanbase
{

// `kind = "fanbase"`: makes an object of each result in the queue of a remote Fanbase, and is done when that
// has processed it. Keys `url`, `security_url`, `client_id`, `client_secret`, `action`; the document is its
// `data`. The remote id is kept by the key of the delivery, so that a later attempt asks for the object
// instead of making another; `store` may be absent to check the options only. What it refers to must outlive
// it.
std::unique_ptr<delivery::Handler> make_fanbase_handler(const delivery::HandlerOptions& options,
                                                        store::FanbaseStore* store, const base::Clock& clock);
inline const delivery::HandlerKeys fanbase_keys{{"url", "security_url", "client_id", "action"},
                                                {"client_secret"}};

} // namespace postbackd::fanbase
