#include "delivery/handler.hpp"

namespace postbackd::delivery
{

std::string HandlerOptions::secret(const std::string& key) const
{
  const auto found = secrets.find(key);
  return found == secrets.end() || found->second.empty() ? std::string() : found->second.front();
}

std::string HandlerOptions::text(const std::string& key) const
{
  const auto found = settings.find(key);
  return found == settings.end() || found->second.empty() ? std::string() : found->second.front();
}

const HandlerKeys* HandlerRegistry::keys(const std::string& kind) const
{
  const auto found = kinds_.find(kind);
  return found == kinds_.end() || !found->second.keys ? nullptr : &*found->second.keys;
}

std::unique_ptr<Handler> HandlerRegistry::make(const HandlerOptions& options) const
{
  if (!options.unusable.empty()) throw base::Failure(base::Errc::invalid, options.unusable);
  const auto kind = kinds_.find(options.kind);
  if (kind == kinds_.end())
    throw base::Failure(base::Errc::invalid,
                        "handler '" + options.name + "': there is no kind '" + options.kind + "'");
  return kind->second.factory(options);
}

} // namespace postbackd::delivery
