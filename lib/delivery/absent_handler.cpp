#include "delivery/absent_handler.hpp"

#include "base/error.hpp"
#include "base/log.hpp"

namespace postbackd::delivery
{

std::string AbsentHandler::why() const
{
  const std::lock_guard lock(mutex_);
  return why_;
}

Handler* AbsentHandler::find()
{
  const std::lock_guard lock(mutex_);
  if (handler_) return handler_.get();
  try {
    handler_ = registry_.make(options_);
    why_.clear();
    base::log::info("handler_can_run", {{"handler", options_.name}});
  } catch (const base::Failure& failure) {
    why_ = failure.what();
  }
  return handler_.get();
}

Outcome AbsentHandler::handle(const Delivery& delivery, std::stop_token stop)
{
  if (Handler* const handler = find()) return handler->handle(delivery, std::move(stop));
  return Outcome::retry("the handler cannot run").with(why());
}

std::map<std::string, std::string> unusable_of(const std::vector<AbsentHandler*>& absent)
{
  std::map<std::string, std::string> unusable;
  for (const AbsentHandler* handler : absent)
    if (std::string why = handler->why(); !why.empty()) unusable[handler->name()] = std::move(why);
  return unusable;
}

std::unique_ptr<Handler> make_or_stand_in(const HandlerRegistry& registry, const HandlerOptions& options,
                                          std::vector<AbsentHandler*>& absent)
{
  try {
    return registry.make(options);
  } catch (const base::Failure& failure) {
    base::log::error(
        "handler_cannot_run",
        {{"handler", options.name}, {"why", failure.what()}, {"consequence", "its deliveries wait"}});
    auto handler = std::make_unique<AbsentHandler>(registry, options, failure.what());
    absent.push_back(handler.get());
    return handler;
  }
}

} // namespace postbackd::delivery
