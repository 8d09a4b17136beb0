#pragma once

#include <cstdint>
#include <vector>

#include "model/event.hpp"

namespace postbackd::api
{

// What the feed knows of the events of the store.
enum class Knowledge {
  unknown, // nobody has waited yet: not even the newest number has been read
  behind,  // the memory may lack events: look at the store first
  current, // the memory has the newest: commits have been heard since the last look
};

// What commits have told since the last look.
struct NotedEvents {
  std::vector<model::EventNote> events; // in order
  bool has_more = false;                // there may be others
};

// What a look makes of it.
struct TakenEvents {
  std::vector<model::EventNote> added; // each is the next one after the one before
  bool must_look = false;              // at the store: there may be others, or one is missing
};

// Decides which noted events follow the last one that the memory has.
TakenEvents take(Knowledge knowledge, std::int64_t last, NotedEvents noted);

} // namespace postbackd::api
