#pragma once

#include <chrono>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/blob.hpp"
#include "base/log.hpp"
#include "credentials.hpp"
#include "delivery/lane.hpp"
#include "http/limits.hpp"
#include "http/network.hpp"

namespace postbackd
{

// The whole configuration, checked (docs/configuration.md, conf/postbackd.toml). Every key has its default
// here.
struct Configuration {
  struct Authorization {
    std::string key;
    CredentialReference token;
    std::string scheme = "Bearer";
  };

  struct Route {
    std::string path;
    std::string where;
    std::vector<CredentialReference> postbacksecret;
    std::vector<Authorization> authorization;
    std::vector<CredentialReference> query_keys; // none: the key beside the store
    bool deliver_unregistered = false;
    bool prefer_utf8 = true;
    std::vector<http::Network> allow;
  };

  struct Store {
    std::filesystem::path path = "postbacks.sqlite3"; // absolute once loaded
    std::chrono::days look_back{30};
    std::chrono::milliseconds busy_timeout{5'000};
    std::optional<std::chrono::milliseconds> keep; // none: for ever
  };

  struct Listen {
    std::vector<std::string> addresses{"0.0.0.0"};
    unsigned short port = 8080;
    unsigned threads = 1;
    std::optional<std::string> public_url; // without a slash at its end
    std::filesystem::path certificate;     // both or none; PEM
    std::filesystem::path private_key;
    std::vector<http::Network> trusted_proxies;
  };

  // A handler; its secrets are read when it is made.
  struct Handler {
    delivery::HandlerConfiguration configuration;
    std::map<std::string, CredentialReference> secrets; // by their keys
    std::string where;
  };

  // How the platform is asked; its credentials are read at start.
  struct Platform {
    std::string base_url = "https://plataforma.bigdatacorp.com.br"; // without a slash at its end
    CredentialReference access_token;
    CredentialReference token_id;
    std::string route;      // whose URL the platform is given; the first one
    bool ask_again = false; // once, when the log does not know a question whose acknowledgement was lost
    double rate = 10;       // requests a second
    unsigned concurrency = 4;
    std::chrono::milliseconds timeout{60'000};
    model::RetryPolicy retry{.attempts = 10}; // then a lost result is lost
  };

  // The Fanbase side, where it is enabled.
  struct Fanbase {
    struct Client {
      std::string id;
      CredentialReference secret;
    };
    std::vector<Client> clients;
    bool accept_unknown_documents = false;
    std::chrono::seconds token_lifetime{3'600};
    std::uint64_t body = 1 << 20; // of a request
    std::string api = "people";   // what is asked for an update_fandata
    std::string datasets = "basic_data";
  };

  // Where /healthz, /readyz and /metrics are: one of both, or neither.
  struct Admin {
    std::filesystem::path socket;       // a Unix socket
    std::optional<unsigned short> port; // on 127.0.0.1
  };

  Store store;
  Admin admin;
  Listen listen;
  http::Limits limits;
  std::uint64_t body_limit = 256 << 20;
  base::Spool::Limits spool;
  std::uint64_t free_space = 64 << 20;
  std::size_t queue_jobs = 20'000;
  std::uint64_t queue_bytes = 512 << 20;
  std::chrono::seconds deadline{600};
  base::log::Level log_level = base::log::Level::info;
  std::vector<Route> routes;
  std::vector<Handler> handlers;
  std::optional<Platform> platform;
  std::optional<Fanbase> fanbase;

  // What is right but has no effect, each as a sentence.
  std::vector<std::string> warnings;
};

// A wrong configuration; what() has a line for each thing that is wrong. Exit code 78 (EX_CONFIG).
class ConfigurationError : public std::runtime_error
{
public:
  using std::runtime_error::runtime_error;
};

constexpr auto default_configuration_file = "/etc/postbackd/postbackd.toml";

// Reads the file and, in the order of their names, `conf.d/*.toml` beside it: their tables add keys or
// replace them, their [[route]] and [[handler]] are appended. Throws ConfigurationError.
Configuration load_configuration(const std::filesystem::path& file);

// Whether something differs that belongs to the process: a reload does not take it.
bool needs_restart(const Configuration& running, const Configuration& fresh);

} // namespace postbackd
