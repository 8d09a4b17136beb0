#pragma once

#include <boost/asio/any_io_executor.hpp>

#include <memory>

#include "fanbase/access.hpp"
#include "fanbase/queue_order.hpp"
#include "http/server_state.hpp"

namespace postbackd::fanbase
{

// The integration queue (Update Fandata, Webhook Ingressos).
class QueueApi
{
public:
  // All references must outlive it.
  QueueApi(const Access& access, store::FanbaseStore& store, const base::Clock& clock,
           boost::asio::any_io_executor background, QueueOptions options);

  // Puts its endpoints into the settings; the API must outlive them.
  void add_to(http::Settings& settings);

private:
  boost::asio::awaitable<http::Response> create(http::Request request, std::string client);
  boost::asio::awaitable<http::Response> keep(std::shared_ptr<const QueueOrder> order, base::TimePoint now);
  boost::asio::awaitable<http::Response> show(http::Request request, std::string client);

  const Access& access_;
  store::FanbaseStore& store_;
  const base::Clock& clock_;
  boost::asio::any_io_executor background_;
  QueueOptions options_;
};

} // namespace postbackd::fanbase
