#include "fanbase_side.hpp"

namespace postbackd
{
namespace
{

std::vector<fanbase::Access::Client> clients_of(const Fixed& fixed)
{
  std::vector<fanbase::Access::Client> clients;
  for (const auto& client : fixed.fanbase->clients)
    clients.push_back({client.id, read_credential(client.secret)});
  return clients;
}

fanbase::QueueOptions queue_options(const Fixed& fixed)
{
  const FanbaseSettings& fanbase = *fixed.fanbase;
  return {fanbase.body, fanbase.api, fanbase.datasets, fixed.deadline,
          fixed.platform ? fixed.platform->route : ""};
}

} // namespace

FanbaseSide::FanbaseSide(const Fixed& fixed, store::FanbaseStore& store, const base::Clock& clock,
                         const boost::asio::any_io_executor& background)
    : access_(clients_of(fixed), fixed.fanbase->token_lifetime, fixed.fanbase->tokens, clock),
      security_(access_, store, clock), queue_(access_, store, clock, background, queue_options(fixed)),
      app_(access_, store, clock,
           {fixed.fanbase->body, fixed.fanbase->accept_unknown_documents, fixed.fanbase->event_zone})
{
  // Removing a client from the configuration revokes its tokens.
  for (const store::AccessToken& token : store.tokens(clock.now()))
    if (access_.has_client(token.client)) access_.add(token);
}

void FanbaseSide::add_to(http::Settings& settings)
{
  security_.add_to(settings.router);
  queue_.add_to(settings);
  app_.add_to(settings);
}

} // namespace postbackd
