#include "handlers.hpp"

#include <fmt/format.h>

#include "delivery/exec_handler.hpp"
#include "delivery/file_handler.hpp"
#include "delivery/http_handler.hpp"
#include "delivery/message_file.hpp"
#include "fanbase/fanbase_handler.hpp"

namespace postbackd
{

void add_handler_kinds(delivery::HandlerRegistry& registry, const base::Clock& clock,
                       const std::filesystem::path& messages, store::FanbaseStore* store)
{
  registry.add("fanbase", fanbase::fanbase_keys, [&clock, store](const delivery::HandlerOptions& options) {
    return fanbase::make_fanbase_handler(options, store, clock);
  });
  registry.add("exec", delivery::exec_keys, [messages](const delivery::HandlerOptions& options) {
    return delivery::make_exec_handler(options, messages);
  });
  registry.add("file", delivery::file_keys, delivery::make_file_handler);
  registry.add("http", delivery::http_keys, [&clock](const delivery::HandlerOptions& options) {
    return delivery::make_http_handler(options, clock);
  });
}

std::filesystem::path prepare_messages(const std::filesystem::path& store)
{
  const char* unit = std::getenv("RUNTIME_DIRECTORY"); // systemd.exec(5)
  const std::filesystem::path messages =
      unit ? std::string(unit).substr(0, std::string_view(unit).find(':')) + "/message-"
           : std::filesystem::absolute(store).string() + ".message-";
  delivery::MessageFile::remove_left(messages);
  return messages;
}

std::vector<delivery::HandlerConfiguration>
handler_configurations(const std::vector<HandlerSettings>& handlers)
{
  std::vector<delivery::HandlerConfiguration> result;
  for (const HandlerSettings& handler : handlers) {
    result.push_back(handler.configuration);
    delivery::HandlerOptions& options = result.back().options;
    try {
      for (const auto& [key, references] : handler.secrets)
        for (const CredentialReference& reference : references)
          options.secrets[key].push_back(read_credential_text(reference));
    } catch (const base::Failure& failure) {
      options.unusable = failure.what(); // it would deliver without its secret
    }
  }
  return result;
}

std::vector<std::string> mistakes_of(const std::vector<HandlerSettings>& handlers,
                                     const delivery::HandlerRegistry& registry)
{
  std::vector<std::string> mistakes;
  for (const HandlerSettings& handler : handlers) {
    delivery::HandlerOptions options = handler.configuration.options;
    try {
      for (const auto& [key, references] : handler.secrets)
        for (const CredentialReference& reference : references)
          if (!needs_the_unit(reference)) options.secrets[key].push_back(read_credential_text(reference));
      registry.make(options);
    } catch (const base::Failure& failure) {
      mistakes.push_back(handler.where.text + ": " + failure.what());
    }
  }
  return mistakes;
}

} // namespace postbackd
