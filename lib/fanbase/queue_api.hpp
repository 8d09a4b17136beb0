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
    std::string api = "people";         // of the query for an update_fandata
    std::string datasets = "basic_data";
    std::chrono::seconds deadline{600};
    std::string route; // for its result; empty: the platform is not configured
  };
  // All references must outlive it.
  QueueApi(const Access& access, store::FanbaseStore& store, const base::Clock& clock,
           boost::asio::any_io_executor background, Options options);

  // Puts its endpoints into the settings; the API must outlive them.
  void add_to(http::Settings& settings);

private:
  // The content of a request.
  struct Order {
    store::QueueObject object;
    std::optional<store::ObjectSubmission> submission;
  };
  // Returns the order, or the problem with its field.
  base::Result<Order> read(const http::Request& request, std::string client, base::TimePoint now) const;
  // Adds the submission for an update of this CPF, if there is one.
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
