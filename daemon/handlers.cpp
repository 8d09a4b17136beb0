#include "handlers.hpp"

#include <fmt/format.h>

#include "delivery/exec_handler.hpp"
#include "delivery/file_handler.hpp"
#include "delivery/http_handler.hpp"
#include "fanbase/fanbase_handler.hpp"

namespace postbackd
{

void add_handler_kinds(delivery::HandlerRegistry& registry, const base::Clock& clock,
                       store::FanbaseStore* store)
{
  registry.add("fanbase", fanbase::fanbase_keys, [&clock, store](const delivery::HandlerOptions& options) {
    return fanbase::make_fanbase_handler(options, store, clock);
  });
  registry.add("exec", delivery::exec_keys, delivery::make_exec_handler);
  registry.add("file", delivery::file_keys, delivery::make_file_handler);
  registry.add("http", delivery::http_keys, [&clock](const delivery::HandlerOptions& options) {
    return delivery::make_http_handler(options, clock);
  });
}

std::vector<delivery::HandlerConfiguration>
handler_configurations(const std::vector<HandlerSettings>& handlers,
                       const delivery::HandlerRegistry& registry, bool check_only)
{
  std::vector<delivery::HandlerConfiguration> result;
  std::string problems;
  for (const HandlerSettings& handler : handlers) {
    result.push_back(handler.configuration);
    try {
      for (const auto& [key, references] : handler.secrets)
        for (const CredentialReference& reference : references)
          if (!check_only || !needs_the_unit(reference))
            result.back().options.secrets[key].push_back(read_credential_text(reference));
      registry.make(result.back().options);
    } catch (const base::Failure& failure) {
      problems += (problems.empty() ? "" : "\n") + handler.where.text + ": " + failure.what();
    }
  }
  if (!problems.empty()) throw ConfigurationError(problems);
  return result;
}

} // namespace postbackd
