#include "platform_side.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_future.hpp>

#include <future>
#include <random>

#include "configuration/query_hooks.hpp"

namespace postbackd
{
namespace
{

// Returns a random number from 0 to 1. Any thread.
double any_jitter()
{
  thread_local std::mt19937 generator(std::random_device{}());
  return std::uniform_real_distribution<double>(0, 1)(generator);
}

platform::PlatformClient::Options client_options(const PlatformSettings& platform,
                                                 const LiveConfiguration& live)
{
  return {.base_url = platform.base_url,
          .access_token = read_credential_text(platform.access_token),
          .token_id = read_credential_text(platform.token_id),
          .timeout = platform.timeout,
          .most_received = [&live] { return static_cast<std::size_t>(live.get()->body_limit); }};
}

platform::Reconciler::Options reconciler_options(const PlatformSettings& platform,
                                                 const PlatformSide::Dependencies& dependencies)
{
  platform::Reconciler::Options options;
  options.retry = platform.retry;
  options.resubmit = platform.resubmit;
  options.jitter = any_jitter;
  options.page_pause = std::chrono::milliseconds(static_cast<int>(1000 / platform.rate));
  options.route = platform.route;
  options.keep = [&store = dependencies.store.postbacks(), &clock = dependencies.clock,
                  executor = dependencies.background](const model::Postback& postback) {
    return boost::asio::co_spawn(executor, store.keep(postback, clock.now()), boost::asio::use_future).get();
  };
  return options;
}

platform::Submitter::Options submitter_options(const Fixed& fixed, const LiveConfiguration& live)
{
  const PlatformSettings& platform = *fixed.platform;
  platform::Submitter::Options options;
  options.rate = platform.rate;
  options.concurrency = platform.concurrency;
  options.retry = platform.retry;
  options.timeout = platform.timeout;
  options.jitter = any_jitter;
  options.most_of_clients = [&live] {
    std::map<std::string, std::size_t> most;
    const auto now = live.get();
    for (const Reloadable::ApiClient& client : now->api_clients)
      if (client.concurrency) most[client.name] = *client.concurrency;
    return most;
  };
  options.hooks_of = [&live, store = fixed.store.path,
                      form = platform.hooks](const std::string& route, const std::string& correlation) {
    return hooks_of(*live.get(), store, route, correlation, form);
  };
  return options;
}

} // namespace

PlatformSide::PlatformSide(const Fixed& fixed, const LiveConfiguration& live,
                           const Dependencies& dependencies)
    : client_(client_options(*fixed.platform, live)),
      reconciler_(client_, dependencies.store, dependencies.spool, dependencies.clock,
                  reconciler_options(*fixed.platform, dependencies)),
      submitter_(client_, reconciler_, dependencies.store.submissions(), dependencies.clock,
                 submitter_options(fixed, live))
{
}

void PlatformSide::complete(admin::ProcessFacts& facts)
{
  facts.account_refused = submitter_.account_refused();
  if (const auto silence = submitter_.silence()) {
    facts.platform_silent_since = silence->since;
    facts.platform_silence = silence->why;
  }
}

} // namespace postbackd
