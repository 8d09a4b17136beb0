#include "checks.hpp"

#include <boost/asio/io_context.hpp>
#include <fmt/format.h>

#include <functional>
#include <set>
#include <sys/stat.h>
#include <unistd.h>

#include "base/permission.hpp"
#include "configuration/api_clients.hpp"
#include "configuration/known_store.hpp"
#include "configuration/warnings.hpp"
#include "handlers.hpp"
#include "http/client.hpp"
#include "http/sockets.hpp"
#include "routes.hpp"
#include "service_manager.hpp"
#include "store/open.hpp"
#include "text/json_document.hpp"

namespace postbackd
{
namespace
{

class Checks
{
public:
  Checks(const Configuration& configuration, const delivery::HandlerRegistry& kinds)
      : fixed_(configuration.fixed), live_(configuration.live), configuration_(configuration), kinds_(kinds)
  {
  }

  std::vector<std::string> run()
  {
    for (const CredentialReference& reference : credentials_of(configuration_))
      if (!needs_the_unit(reference)) collect([&] { read_credential(reference); });
    collect([&] { read_tokens(live_, true); });
    for (std::string& mistake : mistakes_of(fixed_.handlers, kinds_))
      mistakes_.push_back(std::move(mistake));
    if (can_read(live_.certificate, live_.private_key)) collect([&] { tls_context(live_); });
    if (can_read(live_.api_certificate, live_.api_private_key)) collect([&] { api_tls_context(live_); });
    collect([&] { check_store(); });
    collect([&] { check_query_key(); });
    check_addresses();
    for (const auto& [socket, key] :
         {std::pair{&fixed_.admin.socket, "[admin] socket"}, std::pair{&fixed_.api.socket, "[api] socket"}})
      check_socket(*socket, key);
    return std::move(mistakes_);
  }

private:
  void collect(const std::function<void()>& work)
  {
    try {
      work();
    } catch (const std::exception& e) {
      mistakes_.emplace_back(e.what());
    }
  }

  static bool can_read(const std::optional<CredentialReference>& certificate,
                       const std::optional<CredentialReference>& private_key)
  {
    return certificate && !needs_the_unit(*certificate) && !needs_the_unit(*private_key);
  }

  void check_store()
  {
    const store::StoreAddress address = fixed_.store.address();
    const KnownStore known(configuration_.file, address.text());
    store::check_place(address);
    if (!store::exists(address)) {
      if (const std::string why = known.why_not_made(fixed_.store.create); !why.empty())
        throw base::Failure(base::Errc::not_found, why);
    } else {
      known.check(
          store::open_operator(address, fixed_.store.busy_timeout, store::Access::read)->archive().id());
    }
  }

  // The key that a start makes beside the store.
  void check_query_key()
  {
    if (!fixed_.roles.contains(Role::receive)) return;
    const std::filesystem::path key = query_key_path(fixed_.store.path);
    for (const Reloadable::Route& route : live_.routes)
      if (route.query_keys.empty() && std::filesystem::exists(key))
        read_credential({"file:" + key.string(), route.where});
  }

  void check_addresses()
  {
    if (fixed_.roles.contains(Role::receive) && service_manager::inherited_sockets().empty())
      for (const std::string& address : fixed_.listen.addresses)
        check_port("[listen] port", address, fixed_.listen.port);
    if (fixed_.admin.port) check_port("[admin] port", fixed_.admin.address, *fixed_.admin.port);
    if (fixed_.api.port && !service_manager::inherited_api_socket())
      check_port("[api] port", fixed_.api.address, *fixed_.api.port);
  }

  // The ports that the daemon of this configuration holds now.
  const std::set<std::int64_t>& own_ports()
  {
    if (own_ports_) return *own_ports_;
    own_ports_.emplace();
    http::ClientRequest request;
    request.url = "http://admin/status";
    request.unix_socket = fixed_.admin.socket.string();
    request.timeout = std::chrono::seconds(5);
    if (fixed_.admin.socket.empty()) {
      if (!fixed_.admin.port) return *own_ports_;
      request.url = fmt::format("http://127.0.0.1:{}/status", *fixed_.admin.port);
    }
    const http::ClientOutcome outcome = http::perform(request);
    const auto document = text::JsonDocument::parse(outcome.answer ? outcome.answer->body : "");
    if (document)
      for (const text::JsonNode& port : document->root().member("ports").elements())
        own_ports_->insert(port.integer().value_or(0));
    return *own_ports_;
  }

  void check_port(const char* key, const std::string& address, unsigned short port)
  {
    constexpr unsigned short first_of_everybody = 1024; // lower ones are the unit's socket's
    if (port != 0 && !used_.insert({address, port}).second) {
      mistakes_.push_back(fmt::format("{}: {} is also the port of another table", key, port));
      return;
    }
    if (port != 0 && (port < first_of_everybody || own_ports().contains(port))) return;
    try {
      probes_.push_back(std::make_unique<Probe>(address, port));
    } catch (const base::Failure& failure) {
      mistakes_.push_back(fmt::format("{}: {}", key, failure.what()));
    }
  }

  void check_socket(const std::filesystem::path& socket, const char* key)
  {
    if (socket.empty()) return;
    const std::filesystem::path folder = socket.parent_path();
    // The unit makes this one at its start.
    const bool is_the_units =
        folder.string().starts_with("/run/postbackd") && !std::filesystem::exists(folder);
    if (!is_the_units && ::access(folder.c_str(), W_OK) != 0)
      mistakes_.push_back(fmt::format("{}: cannot make '{}': {}", key, socket.string(),
                                      errno == EACCES ? base::permission_denied() : std::strerror(errno)));
  }

  // A port that is taken until all are.
  struct Probe {
    Probe(const std::string& address, unsigned short port) : acceptor(http::listen(io, address, port)) {}
    boost::asio::io_context io;
    http::Acceptor acceptor;
  };

  const Fixed& fixed_;
  const Reloadable& live_;
  const Configuration& configuration_;
  const delivery::HandlerRegistry& kinds_;
  std::vector<std::string> mistakes_;
  std::set<std::pair<std::string, unsigned short>> used_;
  std::vector<std::unique_ptr<Probe>> probes_;
  std::optional<std::set<std::int64_t>> own_ports_;
};

} // namespace

std::vector<std::string> mistakes_of(const Configuration& configuration,
                                     const delivery::HandlerRegistry& kinds)
{
  return Checks(configuration, kinds).run();
}

} // namespace postbackd
