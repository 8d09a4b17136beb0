#include "store_options.hpp"

namespace postbackd
{

store::StoreOptions store_options(const Fixed& fixed)
{
  store::StoreOptions options;
  static_cast<store::StoreAddress&>(options) = fixed.store.address();
  options.busy_timeout = fixed.store.busy_timeout;
  options.commit_timeout = fixed.store.commit_timeout;
  options.deadline = fixed.deadline;
  if (fixed.platform) options.expires = fixed.platform->expires;
  options.queue_jobs = fixed.queue_jobs;
  options.queue_bytes = fixed.queue_bytes;
  options.note_events = !fixed.api.socket.empty() || fixed.api.port;
  return options;
}

} // namespace postbackd
