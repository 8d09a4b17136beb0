#pragma once

#include <boost/asio/io_context.hpp>

#include <memory>
#include <string>
#include <vector>

#include "configuration.hpp"
#include "http/listener.hpp"
#include "http/server.hpp"

namespace postbackd
{

// The I/O threads, and the listeners on each of them.
class Workers
{
public:
  explicit Workers(unsigned threads);

  // The I/O of the thread that calls run().
  boost::asio::io_context& first() { return workers_.front()->io; }

  // Opens the configured addresses, or takes the sockets that systemd hands over. Throws base::Failure with a
  // sentence for people.
  void listen(const Configuration::Listen& listen, http::Server& server,
              const std::shared_ptr<const http::Settings>& settings);
  // Where it listens, for people.
  const std::vector<std::string>& addresses() const { return addresses_; }

  // Returns when all threads have run out of work.
  void run();
  // From the next request on.
  void use(const std::shared_ptr<const http::Settings>& settings);
  // On the first thread.
  void stop(std::chrono::milliseconds time);

private:
  struct Worker {
    boost::asio::io_context io{1};
    std::vector<std::unique_ptr<http::Listener>> listeners;
  };

  void add(http::Acceptor acceptor, http::Server& server,
           const std::shared_ptr<const http::Settings>& settings);

  std::vector<std::unique_ptr<Worker>> workers_;
  std::vector<std::string> addresses_;
};

} // namespace postbackd
