#include "admin_listener.hpp"

#include <boost/asio/post.hpp>

#include "base/log.hpp"

namespace postbackd
{

AdminListener::AdminListener(boost::asio::io_context& io, const Fixed::Admin& admin,
                             http::ServerState& server, const std::shared_ptr<const http::Settings>& settings)
    : io_(io), server_(server), stop_timeout_(settings->limits.stop_timeout)
{
  if (!admin.socket.empty()) {
    listeners_.push_back(std::make_unique<http::Listener>(io, http::listen_local(io, admin.socket.string()),
                                                          server, settings));
    base::log::info("admin", {{"socket", admin.socket.string()}});
  }
  if (!admin.port) return;
  http::Acceptor acceptor = http::listen(io, admin.address, *admin.port);
  const http::Address address = http::address_of(acceptor.local_endpoint());
  base::log::info("admin", {{"address", address.ip}, {"port", address.port}});
  listeners_.push_back(std::make_unique<http::Listener>(io, std::move(acceptor), server, settings));
}

void AdminListener::start()
{
  for (const auto& listener : listeners_)
    listener->start();
}

void AdminListener::begin_stop()
{
  server_.stopping = true;
  boost::asio::post(io_, [this] {
    for (const auto& listener : listeners_)
      listener->stop(stop_timeout_);
  });
}

} // namespace postbackd
