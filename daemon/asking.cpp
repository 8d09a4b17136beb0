#include "asking.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_future.hpp>

#include <future>
#include <random>

#include "model/correlation.hpp"

namespace postbackd
{
namespace
{

using Kept = base::Result<model::Kept>;

// From 0 to 1; on any thread.
double any_jitter()
{
  thread_local std::mt19937 generator(std::random_device{}());
  return std::uniform_real_distribution<double>(0, 1)(generator);
}

Kept keep_blocking(store::PostbackStore& store, const boost::asio::any_io_executor& executor,
                   const model::Postback& postback)
{
  std::future<Kept> kept = boost::asio::co_spawn(executor, store.keep(postback), boost::asio::use_future);
  return kept.get();
}

platform::PlatformClient::Options client_options(const Configuration& configuration)
{
  const Configuration::Platform& platform = *configuration.platform;
  return {platform.base_url, read_credential_text(platform.access_token),
          read_credential_text(platform.token_id), platform.timeout,
          static_cast<std::size_t>(configuration.body_limit)};
}

platform::Reconciler::Options reconciler_options(const Configuration& configuration,
                                                 const Asking::Surroundings& surroundings)
{
  platform::Reconciler::Options options;
  options.retry = configuration.platform->retry;
  options.ask_again = configuration.platform->ask_again;
  options.jitter = any_jitter;
  options.page_pause = std::chrono::milliseconds(static_cast<int>(1000 / configuration.platform->rate));
  options.route = configuration.platform->route;
  options.keep = [&store = surroundings.postbacks, executor = surroundings.background](
                     const model::Postback& postback) { return keep_blocking(store, executor, postback); };
  return options;
}

platform::Asker::Options asker_options(const Configuration& configuration)
{
  platform::Asker::Options options;
  options.rate = configuration.platform->rate;
  options.concurrency = configuration.platform->concurrency;
  options.retry = configuration.platform->retry;
  options.timeout = configuration.platform->timeout;
  options.jitter = any_jitter;
  options.hooks_of = [configuration](const std::string& route, const std::string& correlation) {
    return hooks_of(configuration, route, correlation);
  };
  return options;
}

} // namespace

Asking::Asking(const Configuration& configuration, const Surroundings& surroundings)
    : client_(client_options(configuration)),
      reconciler_(client_, surroundings.questions, surroundings.spool, surroundings.clock,
                  reconciler_options(configuration, surroundings)),
      asker_(client_, reconciler_, surroundings.questions, surroundings.clock, asker_options(configuration))
{
}

std::string hooks_of(const Configuration& configuration, const std::string& route_path,
                     const std::string& correlation)
{
  if (!configuration.listen.public_url)
    throw base::Failure(
        base::Errc::invalid,
        "[listen] public_url is not set: the URL under which the platform reaches this receiver");
  for (const Configuration::Route& route : configuration.routes) {
    if (route.path != route_path) continue;
    // Read each time: whoever changes the key finds it in use at once.
    const CredentialReference key =
        route.query_keys.empty()
            ? CredentialReference{"file:" + query_key_path(configuration.store.path).string(), route.where}
            : route.query_keys.front();
    return model::correlation_hooks(*configuration.listen.public_url + route.path, read_credential(key),
                                    correlation);
  }
  throw base::Failure(base::Errc::not_found, "there is no [[route]] with the path " + route_path);
}

} // namespace postbackd
