#pragma once

#include <boost/asio/any_io_executor.hpp>

#include "configuration/live_configuration.hpp"
#include "platform/submitter.hpp"
#include "store/store.hpp"

namespace postbackd
{

// What talks to the platform, put together as [platform] says.
class PlatformSide
{
public:
  // What it refers to must outlive it. `background` runs what waits for the store.
  struct Dependencies {
    store::Store& store;
    base::Spool& spool;
    const base::Clock& clock;
    boost::asio::any_io_executor background;
  };
  // Throws base::Failure when a credential cannot be read.
  PlatformSide(const Fixed& fixed, const LiveConfiguration& live, const Dependencies& dependencies);

  platform::Submitter& submitter() { return submitter_; }

private:
  platform::PlatformClient client_;
  platform::Reconciler reconciler_;
  platform::Submitter submitter_;
};

} // namespace postbackd
