#include "workers.hpp"

#include <boost/asio/post.hpp>
#include <fmt/format.h>

#include <thread>

#include "base/log.hpp"
#include "descriptors.hpp"
#include "routes.hpp"
#include "service_manager.hpp"

namespace postbackd
{

namespace asio = boost::asio;

Workers::Workers(unsigned threads)
{
  raise_descriptor_limit();
  while (workers_.size() < threads)
    workers_.push_back(std::make_unique<Worker>());
}

void Workers::listen(const Fixed::Listen& listen, http::ServerState& server,
                     const std::shared_ptr<const http::Settings>& settings)
{
  settings_ = settings;
  check_descriptor_limit(settings->limits.connections);
  const auto inherited = service_manager::inherited_sockets();
  for (const int socket : inherited)
    add(http::adopt(first(), socket), server, settings);
  if (!inherited.empty()) return;
  for (const std::string& address : listen.addresses)
    add(in_table("[listen]", " port", [&] { return http::listen(first(), address, listen.port); }), server,
        settings);
}

void Workers::add(http::Acceptor acceptor, http::ServerState& server,
                  const std::shared_ptr<const http::Settings>& settings)
{
  const http::Address address = http::address_of(acceptor.local_endpoint());
  base::log::info("listening", {{"address", address.ip}, {"port", address.port}});
  const bool is_v6 = address.ip.find(':') != std::string::npos;
  addresses_.push_back(
      fmt::format(is_v6 ? fmt::runtime("[{}]:{}") : fmt::runtime("{}:{}"), address.ip, address.port));
  Worker& first = *workers_.front();
  first.listeners.push_back(
      std::make_unique<http::Listener>(first.io, std::move(acceptor), server, settings));
  for (std::size_t i = 1; i < workers_.size(); ++i) {
    Worker& worker = *workers_[i];
    worker.listeners.push_back(std::make_unique<http::Listener>(
        worker.io, first.listeners.back()->duplicate(worker.io), server, settings));
  }
}

void Workers::start()
{
  for (auto& worker : workers_)
    for (auto& listener : worker->listeners)
      listener->start();
}

void Workers::run()
{
  std::vector<std::jthread> threads;
  for (std::size_t i = 1; i < workers_.size(); ++i)
    threads.emplace_back([&io = workers_[i]->io] { io.run(); });
  first().run();
}

void Workers::use(const std::shared_ptr<const http::Settings>& settings)
{
  asio::post(first(), [this, settings] { settings_ = settings; });
  for (auto& worker : workers_)
    for (auto& listener : worker->listeners)
      asio::post(worker->io, [&listener, settings] { listener->use(settings); });
}

void Workers::begin_stop()
{
  asio::post(first(), [this] {
    for (auto& worker : workers_)
      for (auto& listener : worker->listeners)
        asio::post(worker->io, [&listener, time = settings_->limits.stop_timeout] { listener->stop(time); });
  });
}

} // namespace postbackd
