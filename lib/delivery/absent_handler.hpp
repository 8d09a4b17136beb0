#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "delivery/handler.hpp"

namespace postbackd::delivery
{

// Stands for a handler that could not be made: each attempt tries to make it again, and fails with the reason
// until it can be. Receiving goes on, and the circuit breaker spares the attempts.
class AbsentHandler final : public Handler
{
public:
  AbsentHandler(const HandlerRegistry& registry, HandlerOptions options, std::string why)
      : registry_(registry), options_(std::move(options)), why_(std::move(why))
  {
  }

  // Why it cannot run; empty once it can.
  std::string why() const;
  const std::string& name() const { return options_.name; }

  Outcome handle(const Delivery& delivery, std::stop_token stop) override;

private:
  Handler* find();

  const HandlerRegistry& registry_;
  HandlerOptions options_;
  mutable std::mutex mutex_; // guards what follows
  std::string why_;
  std::unique_ptr<Handler> handler_;
};

// Makes a handler, or what stands for it, which is added to `absent`.
std::unique_ptr<Handler> make_or_stand_in(const HandlerRegistry& registry, const HandlerOptions& options,
                                          std::vector<AbsentHandler*>& absent);

// Returns those that cannot run yet, and why.
std::map<std::string, std::string> unusable_of(const std::vector<AbsentHandler*>& absent);

} // namespace postbackd::delivery
