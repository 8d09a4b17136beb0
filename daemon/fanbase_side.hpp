#pragma once

#include <boost/asio/any_io_executor.hpp>

#include "configuration/configuration.hpp"
#include "fanbase/app_api.hpp"
#include "fanbase/queue_api.hpp"
#include "fanbase/security_api.hpp"

namespace postbackd
{

// The Fanbase endpoints, configured by [fanbase].
class FanbaseSide
{
public:
  // All references must outlive it. Throws base::Failure if a credential cannot be read.
  FanbaseSide(const Fixed& fixed, store::FanbaseStore& store, const base::Clock& clock,
              const boost::asio::any_io_executor& background);

  // Puts its endpoints into the settings; it must outlive them.
  void add_to(http::Settings& settings);

private:
  fanbase::Access access_;
  fanbase::SecurityApi security_;
  fanbase::QueueApi queue_;
  fanbase::AppApi app_;
};

} // namespace postbackd
