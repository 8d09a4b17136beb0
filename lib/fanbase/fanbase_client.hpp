#pragma once

#include <mutex>
#include <optional>
#include <stop_token>
#include <string>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "http/client.hpp"

namespace postbackd::fanbase
{

// An object of a remote queue, as the remote answers.
struct RemoteObject {
  std::string id;
  std::string status; // pending, processing, completed, failed
  std::string message;
};

// A remote Fanbase. Blocking; thread-safe: one of several callers fetches the token. Its errors are
// `unavailable` if a later try may help, else `invalid`.
class FanbaseClient
{
public:
  struct Options {
    std::string url;          // without a slash at its end
    std::string security_url; // where /api/token is
    std::string client_id;
    std::string client_secret;
    std::chrono::milliseconds timeout{30'000}; // of a request
  };
  // The clock must outlive it.
  FanbaseClient(Options options, const base::Clock& clock) : options_(std::move(options)), clock_(clock) {}

  // `data` is JSON.
  base::Result<RemoteObject> enqueue(const std::string& action, const std::string& data,
                                     const std::string& key, std::stop_token stop = {});
  base::Result<RemoteObject> status(const std::string& id, std::stop_token stop = {});
  // Makes any call with a token, and returns the body of a 2xx. Uses GET if there is no body.
  base::Result<std::string> call(const std::string& path, const std::string& body, const std::string& key,
                                 std::stop_token stop = {});

private:
  // Returns the token; fetches it if there is none, it expires soon, or it is `refused`.
  base::Result<std::string> token(const std::string& refused, const std::stop_token& stop);

  Options options_;
  const base::Clock& clock_;
  std::mutex mutex_;
  std::string token_;
  base::TimePoint expires_at_{};
};

} // namespace postbackd::fanbase
