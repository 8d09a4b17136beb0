#pragma once

#include <boost/asio/any_io_executor.hpp>

#include "admin/status.hpp"
#include "configuration/live_configuration.hpp"
#include "platform/submitter.hpp"
#include "store/store.hpp"

namespace postbackd
{

// The client of the platform and its services, configured by [platform].
class PlatformSide
{
public:
  // All references must outlive it. `background` runs work that waits for the store.
  struct Dependencies {
    store::Store& store;
    base::Spool& spool;
    const base::Clock& clock;
    boost::asio::any_io_executor background;
  };
  // Throws base::Failure if a credential cannot be read.
  PlatformSide(const Fixed& fixed, const LiveConfiguration& live, const Dependencies& dependencies);

  platform::Submitter& submitter() { return submitter_; }
  // Adds what the platform does with our submissions.
  void complete(admin::ProcessFacts& facts);

private:
  platform::PlatformClient client_;
  platform::Reconciler reconciler_;
  platform::Submitter submitter_;
};

} // namespace postbackd
