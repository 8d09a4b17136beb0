#include "api/feed_knowledge.hpp"

namespace postbackd::api
{

TakenEvents take(Knowledge knowledge, std::int64_t last, NotedEvents noted)
{
  if (knowledge == Knowledge::unknown) return {{}, true};
  TakenEvents taken{{}, noted.has_more || knowledge == Knowledge::behind};
  for (model::EventNote& note : noted.events) {
    if (note.id <= last) continue; // a look at the store was faster
    if (note.id != last + 1) {
      taken.must_look = true;
      break;
    }
    last = note.id;
    taken.added.push_back(std::move(note));
  }
  return taken;
}

} // namespace postbackd::api
