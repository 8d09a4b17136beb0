#include "delivery/handler.hpp"

namespace postbackd::delivery
{

std::string HandlerOptions::text(const std::string& key) const
{
  const auto found = settings.find(key);
  return found == settings.end() || found->second.empty() ? std::string() : found->second.front();
}

std::unique_ptr<Handler> HandlerRegistry::make(const HandlerOptions& options) const
{
  const auto factory = factories_.find(options.kind);
  if (factory == factories_.end())
    throw base::Failure(base::Errc::invalid,
                        "handler '" + options.name + "': there is no kind '" + options.kind + "'");
  return factory->second(options);
}

} // namespace postbackd::delivery
