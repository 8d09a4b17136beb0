#pragma once

#include <memory>

#include "base/clock.hpp"
#include "delivery/handler.hpp"
#include "store/fanbase_store.hpp"

namespace postbackd::fanbase
{

// `kind = "fanbase"`: creates an object for each result in the queue of a remote Fanbase, and is done when
// the remote has processed it. Keys: `url`, `security_url`, `client_id`, `client_secret`, `action`; the
// document is the object's `data`. Stores the remote id under the key of the delivery, so that a later
// attempt polls the object instead of creating another. `store` may be absent, to check the options only. All
// references must outlive it.
std::unique_ptr<delivery::Handler> make_fanbase_handler(const delivery::HandlerOptions& options,
                                                        store::FanbaseStore* store, const base::Clock& clock);
inline const delivery::HandlerKeys fanbase_keys{
    {"url", "security_url", "client_id", "action", "data_id", "data_cpf"}, {"client_secret"}};

} // namespace postbackd::fanbase
