#pragma once

#include <chrono>
#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

#include "base/blob.hpp"
#include "base/log.hpp"
#include "configuration/credentials.hpp"
#include "delivery/handler_configuration.hpp"
#include "http/limits.hpp"
#include "http/network.hpp"
#include "model/correlation.hpp"
#include "model/submission.hpp"
#include "store/file_name.hpp"
#include "store/old_kind.hpp"
#include "store/options.hpp"

// The checked configuration (docs/configuration.md, conf/postbackd.toml). Every key has its default here.
namespace postbackd
{

// The tasks of a process. One store may have several processes with different roles.
enum class Role {
  receive, // takes postbacks and Fanbase requests
  deliver, // runs handlers
  ask,     // submits to the platform and recovers lost results
  keep,    // marks queries overdue, deletes what is old, advances Fanbase objects
};

std::string_view to_text(Role role);

// The access to the platform; its credentials are read at start.
struct PlatformSettings {
  std::string base_url = "https://plataforma.bigdatacorp.com.br"; // without a slash at its end
  CredentialReference access_token;
  CredentialReference token_id;
  std::string route; // the platform posts to its URL; by default the first one
  model::HooksForm hooks = model::HooksForm::postbacksecret;
  bool resubmit = false; // once, if the log has no record of a submission whose acknowledgement was lost
  double rate = 10;      // requests per second
  unsigned concurrency = 4;
  std::chrono::seconds expires{7 * 24 * 3600}; // what is not sent by then is closed
  std::chrono::milliseconds timeout{60'000};
  model::RetryPolicy retry{.attempts = 10}; // of a recovery; then the result is lost

  bool operator==(const PlatformSettings&) const = default;
};

// The Fanbase side, if it is enabled.
struct FanbaseSettings {
  struct Client {
    std::string id;
    CredentialReference secret;
    bool operator==(const Client&) const = default;
  };
  std::vector<Client> clients;
  bool accept_unknown_documents = false;
  std::chrono::minutes event_zone{0}; // of an eventDate without one, ahead of UTC
  std::chrono::seconds token_lifetime{3'600};
  std::size_t tokens = 1'000;   // of a client
  std::uint64_t body = 1 << 20; // of a request, in bytes
  std::string api = "people";   // submitted for an update_fandata
  std::string datasets = "basic_data";

  bool operator==(const FanbaseSettings&) const = default;
};

// A handler; its secrets are read when it is made.
struct HandlerSettings {
  delivery::HandlerConfiguration configuration;
  std::map<std::string, std::vector<CredentialReference>> secrets; // by their keys
  Position where;

  bool operator==(const HandlerSettings&) const = default;
};

// The part that belongs to the process: a change needs a restart.
struct Fixed {
  struct Store {
    std::filesystem::path path = store::default_file_name; // absolute once loaded
    // Of a database that several receivers share, in place of the file; then only the directory of `path` is
    // ours.
    std::string url;
    std::optional<CredentialReference> password; // also of one to which the file moves
    std::chrono::milliseconds busy_timeout{5'000};
    std::chrono::milliseconds commit_timeout{15'000}; // of each call to the server
    bool create = false;                              // a start makes it, also where it cannot note that

    // The spool, query_key and what else belongs to this machine alone is there.
    std::filesystem::path directory() const { return path.parent_path(); }
    // Reads the password. Throws base::Failure if it cannot be read.
    store::StoreAddress address() const;
    std::string server_password() const;
    bool operator==(const Store&) const = default;
  };
  struct Listen {
    std::vector<std::string> addresses{"0.0.0.0"};
    unsigned short port = 8080;
    unsigned threads = 1;
    bool operator==(const Listen&) const = default;
  };
  // Where /healthz, /readyz, /metrics and /status are: on a socket, on a port, on both, or nowhere.
  struct Admin {
    std::filesystem::path socket; // a Unix socket
    std::string address = "127.0.0.1";
    std::optional<unsigned short> port;
    bool operator==(const Admin&) const = default;
  };

  // Where applications reach the API: on a socket, on a port, on both, or nowhere.
  struct Api {
    std::filesystem::path socket; // whoever may open it is the client `local`
    std::string address = "127.0.0.1";
    std::optional<unsigned short> port;             // for clients with tokens
    std::optional<std::chrono::milliseconds> audit; // notes who reads and erases what, for so long
    bool insecure = false;                          // tokens in clear text beyond this host
    bool page = false;                              // serves it on the port
    bool operator==(const Api&) const = default;
  };

  std::set<Role> roles{Role::receive, Role::deliver, Role::ask, Role::keep};
  bool core_dumps = false; // a dump has secrets and personal data
  Store store;
  Listen listen;
  Admin admin;
  Api api;
  std::size_t queue_jobs = 20'000;
  std::uint64_t queue_bytes = 512 << 20;
  std::chrono::seconds deadline{600}; // of a query registered without one
  std::vector<HandlerSettings> handlers;
  std::optional<PlatformSettings> platform;
  std::optional<FanbaseSettings> fanbase;

  bool operator==(const Fixed&) const = default;
};

// The part that a reload replaces. Read it when it is needed (LiveConfiguration); a copy misses the next
// reload.
struct Reloadable {
  struct Authorization {
    std::string key;
    CredentialReference token;
    std::string scheme = "Bearer";
    bool operator==(const Authorization&) const = default;
  };
  struct Route {
    std::string path;
    Position where;
    std::vector<CredentialReference> postbacksecret;
    std::vector<Authorization> authorization;
    std::vector<CredentialReference> query_keys; // none: the key beside the store; the first one signs
    bool deliver_unregistered = false;
    bool prefer_utf8 = true;
    bool open = false; // no credentials
    std::vector<http::Network> allow;
    bool operator==(const Route&) const = default;
  };

  struct ApiClient {
    std::string name;
    std::vector<CredentialReference> tokens; // several while one replaces another
    std::vector<std::string> scopes;
    bool sees_all = false;
    unsigned requests_per_second = 50;
    std::optional<std::size_t> connections; // absent: as many as may wait, and some more
    std::size_t waiting = 100;
    std::size_t downloads = 8;
    std::size_t unsent = 16 << 20; // bytes
    std::size_t rows_per_day = 1'000'000;
    model::Budget budget;                   // what it may submit
    std::optional<std::size_t> concurrency; // of its submissions at the platform
    bool operator==(const ApiClient&) const = default;
  };

  std::vector<ApiClient> api_clients;
  std::vector<std::string> api_origins;               // whose pages may call the API
  std::optional<CredentialReference> api_certificate; // both or none; PEM
  std::optional<CredentialReference> api_private_key;
  std::vector<Route> routes;
  std::optional<std::string> public_url;          // without a slash at its end
  std::optional<CredentialReference> certificate; // both or none; PEM
  std::optional<CredentialReference> private_key;
  std::vector<http::Network> trusted_proxies;
  http::Limits limits;
  std::uint64_t body_limit = 256 << 20;
  base::Spool::Limits spool;
  std::uint64_t free_space = 64 << 20;
  std::optional<std::chrono::milliseconds> keep_postbacks;         // none: for ever
  std::map<store::OldKind, std::chrono::milliseconds> keep_others; // those that have an age
  base::log::Level log_level = base::log::Level::info;
  bool log_json = false;
  std::int64_t alert_overdue = 1; // from so many on, overdue queries are a problem
  std::int64_t alert_refused = 1; // and results refused in 15 minutes, for each reason

  bool operator==(const Reloadable&) const = default;
};

struct Configuration {
  std::filesystem::path file; // where it was read
  Fixed fixed;
  Reloadable live;
  std::optional<Fixed::Store> moved_from; // what it says, if `fixed` has where its store is now
};

// Returns the tables of the file that differ, for people: `[listen], [[handler]]`.
std::string changed_tables(const Fixed& running, const Fixed& fresh);

// A wrong configuration; what() has one line per error. Exit code 78 (EX_CONFIG).
class ConfigurationError : public std::runtime_error
{
public:
  using std::runtime_error::runtime_error;
};

constexpr auto default_configuration_file = "/etc/postbackd/postbackd.toml";
// The default, or $POSTBACKD_CONFIG.
std::string configuration_file();

// Reads the file and, in the order of their names, `conf.d/*.toml` beside it: their tables add keys or
// replace them, their [[route]] and [[handler]] are appended. With `kinds`, also checks the keys of each
// handler against those that its kind declares. Throws ConfigurationError.
Configuration load_configuration(const std::filesystem::path& file,
                                 const delivery::HandlerRegistry* kinds = nullptr);
// The same, but says what is `wrong` and returns the rest.
Configuration load_what_is_right(const std::filesystem::path& file, std::string& wrong,
                                 const delivery::HandlerRegistry* kinds = nullptr);

} // namespace postbackd
