#include "application.hpp"

#include <boost/asio/post.hpp>

#include <signal.h>
#include <sys/resource.h>
#include <thread>

#include "base/log.hpp"

namespace postbackd
{
namespace
{

namespace log = base::log;

store::sqlite::SqliteStore::Options store_options(const Configuration& configuration,
                                                  std::function<void(const base::Error&)> on_fatal)
{
  store::sqlite::SqliteStore::Options options;
  options.connection.path = configuration.store.path;
  options.connection.busy_timeout = configuration.store.busy_timeout;
  options.look_back = configuration.store.look_back;
  options.deadline = configuration.deadline;
  options.queue_jobs = configuration.queue_jobs;
  options.queue_bytes = configuration.queue_bytes;
  options.on_fatal = std::move(on_fatal);
  return options;
}

// Each connection takes a descriptor: as many as the system lets us have.
void raise_descriptor_limit()
{
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

std::vector<base::Secret> read_all(const std::vector<CredentialReference>& references)
{
  std::vector<base::Secret> secrets;
  for (const CredentialReference& reference : references)
    secrets.push_back(read_credential(reference));
  return secrets;
}

} // namespace

intake::Credentials read_credentials(const Configuration::Route& route, const std::filesystem::path& store)
{
  intake::Credentials credentials;
  credentials.postbacksecrets = read_all(route.postbacksecret);
  for (const auto& pair : route.authorization)
    credentials.authorization.push_back({base::Secret(pair.key), read_credential(pair.token), pair.scheme});
  credentials.query_keys = read_all(route.query_keys);
  if (credentials.query_keys.empty()) {
    const auto path = query_key_path(store);
    make_query_key(path);
    credentials.query_keys.push_back(read_credential({"file:" + path.string(), route.where}));
  }
  return credentials;
}

Application::Application(Configuration configuration)
    : configuration_(std::move(configuration)), server_{clock_, configuration_.limits, {}, {}},
      store_(store_options(configuration_, [this](const base::Error& error) { fail(error); }), clock_),
      signals_((workers_.push_back(std::make_unique<Worker>()), workers_.front()->io))
{
  raise_descriptor_limit();
  ::signal(SIGPIPE, SIG_IGN);
  add_routes();
  open_listeners();
}

void Application::add_routes()
{
  for (const Configuration::Route& route : configuration_.routes) {
    intake::RouteOptions options;
    options.path = route.path;
    options.credentials = read_credentials(route, configuration_.store.path);
    options.body_limit = configuration_.body_limit;
    options.decoder.most_decoded = configuration_.body_limit;
    options.decoder.prefer_utf8 = route.prefer_utf8;
    options.deliver_unmatched = route.deliver_unregistered;
    endpoints_.push_back(std::make_unique<intake::PostbackEndpoint>(std::move(options), store_));
    endpoints_.back()->add_to(server_.router);
  }
}

void Application::open_listeners()
{
  while (workers_.size() < configuration_.listen.threads)
    workers_.push_back(std::make_unique<Worker>());
  Worker& first = *workers_.front();
  for (const std::string& address : configuration_.listen.addresses) {
    auto acceptor = http::listen(first.io, address, configuration_.listen.port);
    log::info("listening", {{"address", address}, {"port", acceptor.local_endpoint().port()}});
    first.listeners.push_back(std::make_unique<http::Listener>(first.io, std::move(acceptor), server_));
    for (std::size_t i = 1; i < workers_.size(); ++i) {
      Worker& worker = *workers_[i];
      worker.listeners.push_back(
          std::make_unique<http::Listener>(worker.io, first.listeners.back()->duplicate(worker.io), server_));
    }
  }
}

int Application::run()
{
  signals_.add(SIGTERM);
  signals_.add(SIGINT);
  signals_.async_wait([this](const boost::system::error_code& error, int number) {
    if (!error) stop(number == SIGTERM ? "SIGTERM" : "SIGINT");
  });
  for (auto& worker : workers_)
    for (auto& listener : worker->listeners)
      listener->start();
  std::vector<std::jthread> threads;
  for (std::size_t i = 1; i < workers_.size(); ++i)
    threads.emplace_back([&io = workers_[i]->io] { io.run(); });
  log::info("started",
            {{"store", configuration_.store.path.string()}, {"routes", configuration_.routes.size()}});
  workers_.front()->io.run();
  threads.clear(); // joins
  log::info("stopped", {{"answered", server_.answered.load()}, {"refused", server_.refusals.total()}});
  return failed_ ? 1 : 0;
}

// On any thread. What is in flight is finished; then every io_context runs out of work.
void Application::stop(std::string_view why)
{
  if (server_.stopping.exchange(true)) return;
  log::info("stopping", {{"why", why}});
  boost::asio::post(workers_.front()->io, [this] { signals_.cancel(); });
  for (auto& worker : workers_)
    for (auto& listener : worker->listeners)
      boost::asio::post(worker->io,
                        [this, &listener] { listener->stop(configuration_.limits.stop_timeout); });
}

// On the writer thread: what the file holds is no longer known. A new process starts from what is on disk.
void Application::fail(const base::Error& error)
{
  log::error("sync_failed",
             {{"why", error.message}, {"consequence", "the process ends and is to be started again"}});
  failed_ = true;
  stop("a failed sync");
}

} // namespace postbackd
