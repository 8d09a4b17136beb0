#pragma once

#include <optional>
#include <string>
#include <vector>

#include "configuration/configuration.hpp"

namespace postbackd::ctl
{

// The daemon's API on its socket, where a member of the group is the client `local` (docs/api.md).
class ApiClient
{
public:
  // Returns nothing if the configuration has no [api] socket, or nobody listens there.
  static std::optional<ApiClient> connect(const Configuration& configuration);

  struct Answer {
    int status;
    std::string body;
  };
  // Throws base::Failure with the daemon's words for a status from 400 on, except 404, 409 and 410.
  Answer call(const std::string& method, const std::string& path, const std::string& body = {},
              const std::vector<std::string>& fields = {}) const;

private:
  explicit ApiClient(std::string socket) : socket_(std::move(socket)) {}

  std::string socket_;
};

// Returns the `detail` of an error's answer.
std::string detail_of(const std::string& body);

} // namespace postbackd::ctl
