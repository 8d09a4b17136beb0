#pragma once

#include <memory>
#include <string>

#include "api_client.hpp"
#include "base/clock.hpp"
#include "delivery/handler.hpp"
#include "text/json_document.hpp"

namespace postbackd::ctl
{

// Gives events of the feed to a URL, as an http handler of the daemon does (docs/handlers.md): for developing
// such a program where the daemon cannot reach it.
class Forwarder
{
public:
  // Signs with the secret in the file, if one is named. Skips an event after so many attempts; 0: never.
  // Throws base::Failure.
  Forwarder(const ApiClient& client, const std::string& url, const std::string& secret_file,
            std::size_t skip_after);

  // Forwards the event, with its result where it has one; tries again until the program takes or refuses it.
  // Prints a line for each attempt.
  void forward(const text::JsonNode& event) const;

private:
  delivery::Delivery delivery_of(const text::JsonNode& event) const;

  const ApiClient& client_;
  const std::size_t skip_after_;
  base::SystemClock clock_;
  std::unique_ptr<delivery::Handler> handler_;
};

} // namespace postbackd::ctl
