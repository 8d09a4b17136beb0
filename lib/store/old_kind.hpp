#pragma once

namespace postbackd::store
{

// What has an age of its own, apart from postbacks.
enum class OldKind {
  bodies,     // of postbacks, whose rows stay
  queries,    // that failed, are lost or were closed, and have no postback
  deliveries, // done or dead, with their attempts
  objects,    // of the Fanbase queue, completed or failed
  app_events,
  audit, // who read and erased what through the API
};

} // namespace postbackd::store
