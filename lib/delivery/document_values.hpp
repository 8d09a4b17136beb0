#pragma once

#include <map>
#include <string>

#include "model/event.hpp"
#include "store/delivery_store.hpp"

namespace postbackd::delivery
{

// What an event's document says, for handlers that ask for it. A document is read only if somebody asks.
class DocumentValues
{
public:
  // All references must outlive it.
  DocumentValues(store::DeliveryStore& store, base::Spool& spool, const model::Event& event)
      : store_(store), spool_(spool), event_(event)
  {
  }

  // Returns whether the document has the values of the match. One that has been deleted has none. Throws
  // base::Failure when the store cannot be read now.
  bool match(const model::EventMatch& match);

private:
  store::DeliveryStore& store_;
  base::Spool& spool_;
  const model::Event& event_;
};

} // namespace postbackd::delivery
