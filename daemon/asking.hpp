#pragma once

#include <boost/asio/any_io_executor.hpp>

#include "configuration.hpp"
#include "platform/asker.hpp"
#include "store/store.hpp"

namespace postbackd
{

// What asks the platform, put together as [platform] says.
class Asking
{
public:
  // What it refers to must outlive it. `background` runs what waits for the store. Throws base::Failure when
  // a credential cannot be read.
  struct Surroundings {
    store::PostbackStore& postbacks;
    store::QuestionStore& questions;
    base::Spool& spool;
    const base::Clock& clock;
    boost::asio::any_io_executor background;
  };
  Asking(const Configuration& configuration, const Surroundings& surroundings);

  platform::Asker& asker() { return asker_; }

private:
  platform::PlatformClient client_;
  platform::Reconciler reconciler_;
  platform::Asker asker_;
};

// The hooks of a query: its own URL below the route, and its own secret. Throws base::Failure with a sentence
// for people.
std::string hooks_of(const Configuration& configuration, const std::string& route_path,
                     const std::string& correlation);

} // namespace postbackd
