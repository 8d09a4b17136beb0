#include "fanbase_side.hpp"

namespace postbackd
{
namespace
{

std::vector<fanbase::Access::Client> clients_of(const Configuration& configuration)
{
  std::vector<fanbase::Access::Client> clients;
  for (const auto& client : configuration.fanbase->clients)
    clients.push_back({client.id, read_credential(client.secret)});
  return clients;
}

fanbase::QueueApi::Options queue_options(const Configuration& configuration)
{
  const Configuration::Fanbase& fanbase = *configuration.fanbase;
  return {fanbase.body, fanbase.api, fanbase.datasets, configuration.deadline,
          configuration.platform ? configuration.platform->route : ""};
}

} // namespace

FanbaseSide::FanbaseSide(const Configuration& configuration, store::FanbaseStore& store,
                         const base::Clock& clock, const boost::asio::any_io_executor& background)
    : access_(clients_of(configuration), configuration.fanbase->token_lifetime, clock),
      security_(access_, store, clock),
      queue_(access_, store, clock, background, queue_options(configuration)),
      app_(access_, store, clock,
           {configuration.fanbase->body, configuration.fanbase->accept_unknown_documents})
{
  // A client that is configured no more has lost its tokens with that.
  for (const store::Token& token : store.tokens(clock.now()))
    if (access_.has_client(token.client)) access_.add(token);
}

void FanbaseSide::add_to(http::Settings& settings)
{
  security_.add_to(settings.router);
  queue_.add_to(settings);
  app_.add_to(settings);
}

} // namespace postbackd
