#pragma once

#include "store/delivery_store.hpp"
#include "store/fanbase_store.hpp"
#include "store/leadership.hpp"
#include "store/postback_store.hpp"
#include "store/submission_store.hpp"

namespace postbackd::store
{

// All that the daemon keeps. store/open.hpp makes one; nothing here promises what only one engine can keep.
class Store
{
public:
  virtual ~Store() = default;

  virtual PostbackStore& postbacks() = 0;
  virtual DeliveryStore& deliveries() = 0;
  virtual SubmissionStore& submissions() = 0;
  virtual FanbaseStore& fanbase() = 0;
  virtual Leadership& leadership() = 0;
};

} // namespace postbackd::store
