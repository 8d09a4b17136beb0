#pragma once

#include <string>
#include <vector>

#include "store/delivery_control.hpp"
#include "store/delivery_store.hpp"
#include "store/fanbase_store.hpp"
#include "store/leadership.hpp"
#include "store/postback_store.hpp"
#include "store/query_store.hpp"
#include "store/submission_store.hpp"
#include "store/upkeep_store.hpp"
#include "store/watch_store.hpp"

namespace postbackd::store
{

// Everything that the daemon stores. store/open.hpp opens one; no promise here depends on the engine.
class Store
{
public:
  virtual ~Store() = default;

  virtual std::string id() = 0; // the same in each copy of it

  // Makes sure that all machines of a shared store mean the same by `what`: notes the first of these values
  // if none is noted, and the first one instead of another of them. Throws base::Failure (invalid) if another
  // value is noted, also for no values. A file has one machine. Blocks.
  virtual void agree(const std::string& what, const std::vector<std::string>& values) = 0;

  virtual PostbackStore& postbacks() = 0;
  virtual UpkeepStore& upkeep() = 0;
  virtual DeliveryStore& deliveries() = 0;
  virtual DeliveryControl& delivery_control() = 0; // thread-safe
  virtual SubmissionStore& submissions() = 0;
  virtual QueryStore& queries() = 0;
  virtual FanbaseStore& fanbase() = 0;
  virtual WatchStore& watch() = 0; // thread-safe
  virtual Leadership& leadership() = 0;
};

} // namespace postbackd::store
