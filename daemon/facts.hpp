#pragma once

#include <boost/asio/io_context.hpp>

#include <memory>
#include <mutex>

#include "admin/status.hpp"
#include "configuration/credential_watch.hpp"
#include "http/server_state.hpp"

namespace postbackd
{

// What the process knows of itself and of its configuration, for its status.
class Facts
{
public:
  Facts(const Configuration& configuration, base::TimePoint now);

  // On the first I/O thread.
  admin::ProcessFacts process;

  // Returns a copy of it, for another thread than the first I/O thread, whose context this is. Blocks for a
  // moment. Throws base::Failure (unavailable) if that thread is busy.
  admin::ProcessFacts copy(boost::asio::io_context& first) const;
  void note(const http::Settings& settings); // those in use: whose certificate they have
  // `fresh` is in use now, but for the part that needs a restart.
  void note_reload(const Configuration& fresh, base::TimePoint now);
  // Where the configuration names credentials whose files have changed since they were read. Any thread;
  // blocks.
  std::vector<std::string> changed_credentials() const;

private:
  void note(const Reloadable& live);

  const Fixed running_; // as the configuration said it
  mutable std::mutex mutex_;
  std::shared_ptr<const CredentialWatch> credentials_;
};

} // namespace postbackd
