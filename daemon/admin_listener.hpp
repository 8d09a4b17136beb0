#pragma once

#include <memory>
#include <vector>

#include "base/service.hpp"
#include "configuration/configuration.hpp"
#include "http/listener.hpp"

namespace postbackd
{

// Serves the admin endpoints on their own socket and port, on one I/O thread.
class AdminListener final : public base::Service
{
public:
  // Opens the socket and the port of [admin]. All references must outlive it. Throws base::Failure with a
  // readable message.
  AdminListener(boost::asio::io_context& io, const Fixed::Admin& admin, http::ServerState& server,
                const std::shared_ptr<const http::Settings>& settings);

  std::string_view name() const override { return "admin"; }
  void start() override;
  void begin_stop() override;
  bool stop(base::Deadline) override { return true; } // its connections end with the io_context

private:
  boost::asio::io_context& io_;
  http::ServerState& server_;
  std::chrono::milliseconds stop_timeout_;
  std::vector<std::unique_ptr<http::Listener>> listeners_;
};

} // namespace postbackd
