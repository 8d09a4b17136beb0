#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/blob.hpp"
#include "command.hpp"

namespace postbackd::ctl
{

// The API of applications (docs/api.md): on the daemon's socket, where a member of the group is the client
// `local`, or at an address, with a token.
class ApiClient
{
public:
  // Returns nothing if the configuration has no [api] socket, or nobody listens there.
  static std::optional<ApiClient> connect(const Configuration& configuration);

  // A daemon on another host.
  struct Address {
    std::string url;        // `https://HOST:PORT`; empty: the socket of the configuration
    std::string token_file; // the token, in a line
    std::string ca_file;    // PEM, if it is not among the system's certificates
  };
  static void add_options(base::CommandLine& command, Address& address);
  // Throws base::Failure if there is neither an address nor a daemon on this host.
  static ApiClient connect(const Address& address, const Load& load);

  struct Answer {
    int status;
    std::string body;
  };
  // Throws base::Failure with the daemon's words for a status from 400 on, except 404, 409 and 410.
  Answer call(const std::string& method, const std::string& path, const std::string& body = {},
              const std::vector<std::string>& fields = {}) const;
  // Does the same for a request that may be repeated: goes on after a restart of the daemon. Says on standard
  // error why it repeats, once for each reason.
  Answer call_until_answered(const std::string& method, const std::string& path, const std::string& body = {},
                             const std::vector<std::string>& fields = {}) const;
  Answer get(const std::string& path) const { return call_until_answered("GET", path); }

private:
  std::string where() const { return socket_.empty() ? url_ : socket_; }

  std::string socket_;
  std::string url_ = "http://postbackd";
  std::string ca_file_;
  std::vector<std::string> fields_; // the token
};

// Returns the `detail` of an error's answer.
std::string detail_of(const std::string& body);

} // namespace postbackd::ctl
