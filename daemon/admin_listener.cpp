#include "admin_listener.hpp"

#include <boost/asio/post.hpp>

#include "base/log.hpp"

namespace postbackd
{

AdminListener::AdminListener(boost::asio::io_context& io, const Fixed::Admin& admin,
                             http::ServerState& server, std::shared_ptr<const http::Settings> settings)
    : io_(io), server_(server), stop_timeout_(settings->limits.stop_timeout)
{
  if (admin.socket.empty() && !admin.port) return;
  http::Acceptor acceptor =
      admin.port ? http::listen(io, "127.0.0.1", *admin.port) : http::listen_local(io, admin.socket.string());
  if (admin.port)
    base::log::info("admin", {{"port", http::address_of(acceptor.local_endpoint()).port}});
  else
    base::log::info("admin", {{"socket", admin.socket.string()}});
  listener_ = std::make_unique<http::Listener>(io, std::move(acceptor), server, std::move(settings));
}

void AdminListener::start()
{
  if (listener_) listener_->start();
}

void AdminListener::begin_stop()
{
  server_.stopping = true;
  boost::asio::post(io_, [this] {
    if (listener_) listener_->stop(stop_timeout_);
  });
}

} // namespace postbackd
