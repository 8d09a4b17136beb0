#pragma once

#include <boost/asio/any_io_executor.hpp>

#include <memory>

#include "fanbase/access.hpp"
#include "http/server_state.hpp"

namespace postbackd::fanbase
{

// The integration queue (Update Fandata, Webhook Ingressos).
class QueueApi
{
public:
  struct Options {
    std::uint64_t most_bytes = 1 << 20; // of a request
    std::string api = "people";         // what is asked for an update_fandata
    std::string datasets = "basic_data";
    std::chrono::seconds deadline{600};
    std::string route; // where its result is to go; empty: the platform is not configured
  };
  // What it refers to must outlive it.
  QueueApi(const Access& access, store::FanbaseStore& store, const base::Clock& clock,
           boost::asio::any_io_executor background, Options options);

  // Puts its endpoints into the settings; the API must outlive them.
  void add_to(http::Settings& settings);

private:
  // What a request asks for.
  struct Order {
    store::QueueObject object;
    std::optional<store::ObjectSubmission> submission;
  };
  // Or what is wrong with it, naming the field.
  base::Result<Order> read(const http::Request& request, std::string client, base::TimePoint now) const;
  // An update of this CPF, or of none.
  void ask(const std::string& cpf, Order& order) const;

  boost::asio::awaitable<http::Response> create(http::Request request, std::string client);
  boost::asio::awaitable<http::Response> keep(std::shared_ptr<const Order> order, base::TimePoint now);
  boost::asio::awaitable<http::Response> show(http::Request request, std::string client);

  const Access& access_;
  store::FanbaseStore& store_;
  const base::Clock& clock_;
  boost::asio::any_io_executor background_;
  Options options_;
};

} // namespace postbackd::fanbase
