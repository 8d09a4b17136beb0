#pragma once

#include <boost/asio/io_context.hpp>

#include <memory>
#include <string>
#include <vector>

#include "base/service.hpp"
#include "configuration/configuration.hpp"
#include "http/listener.hpp"
#include "http/server_state.hpp"

namespace postbackd
{

// The I/O threads, and the listeners on each of them.
class Workers final : public base::Service
{
public:
  explicit Workers(unsigned threads);

  // Returns the io_context of the thread that calls run().
  boost::asio::io_context& first() { return workers_.front()->io; }

  // Opens the configured addresses, or takes the sockets that systemd hands over. Throws base::Failure with a
  // readable message.
  void listen(const Fixed::Listen& listen, http::ServerState& server,
              const std::shared_ptr<const http::Settings>& settings);
  // Returns where it listens, for people.
  const std::vector<std::string>& addresses() const { return addresses_; }
  // Uses the settings from the next request on.
  void use(const std::shared_ptr<const http::Settings>& settings);

  std::string_view name() const override { return "receiver"; }
  // Starts to accept; run() serves.
  void start() override;
  void begin_stop() override;
  bool stop(base::Deadline) override { return true; } // run() has ended by then

  // Runs the I/O threads, this one among them, until all have run out of work.
  void run();

private:
  struct Worker {
    boost::asio::io_context io{1};
    std::vector<std::unique_ptr<http::Listener>> listeners;
  };

  void add(http::Acceptor acceptor, http::ServerState& server,
           const std::shared_ptr<const http::Settings>& settings);

  std::vector<std::unique_ptr<Worker>> workers_;
  std::vector<std::string> addresses_;
  std::shared_ptr<const http::Settings> settings_; // used on the first thread
};

} // namespace postbackd
