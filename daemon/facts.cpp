#include "facts.hpp"

#include <boost/asio/post.hpp>
#include <fmt/ranges.h>

#include <future>

#include "api_side.hpp"
#include "base/log.hpp"
#include "base/version.hpp"
#include "http/tls.hpp"
#include "maintenance.hpp"

namespace postbackd
{
namespace
{

// `postbackd`, or the half that it is: `receive`; `deliver, ask, keep`.
std::string source_of(const std::set<Role>& roles)
{
  constexpr std::size_t all = 4;
  if (roles.size() == all) return "postbackd";
  std::vector<std::string_view> words;
  for (const Role role : roles)
    words.push_back(to_text(role));
  return fmt::format("{}", fmt::join(words, ", "));
}

std::vector<unsigned short> ports_of(const Fixed& fixed)
{
  std::vector<unsigned short> ports;
  if (fixed.roles.contains(Role::receive)) ports.push_back(fixed.listen.port);
  for (const auto& port : {fixed.admin.port, fixed.api.port})
    if (port) ports.push_back(*port);
  return ports;
}

// Where the store is now is no change of the configuration.
Fixed as_written(const Configuration& configuration)
{
  Fixed fixed = configuration.fixed;
  if (configuration.moved_from) fixed.store = *configuration.moved_from;
  return fixed;
}

} // namespace

Facts::Facts(const Configuration& configuration, base::TimePoint now)
    : running_(as_written(configuration)), credentials_(std::make_shared<CredentialWatch>(configuration))
{
  process.version = base::version;
  process.source = source_of(configuration.fixed.roles);
  process.ports = ports_of(configuration.fixed);
  process.started_at = now;
  note(configuration.live);
}

admin::ProcessFacts Facts::copy(boost::asio::io_context& first) const
{
  constexpr std::chrono::seconds patience{2};
  const auto facts = std::make_shared<std::promise<admin::ProcessFacts>>();
  auto copied = facts->get_future();
  boost::asio::post(first, [this, facts] { facts->set_value(process); });
  if (copied.wait_for(patience) != std::future_status::ready)
    throw base::Failure(base::Errc::unavailable, "the first I/O thread is busy");
  return copied.get();
}

void Facts::note(const http::Settings& settings)
{
  process.certificate_ends =
      settings.tls ? std::optional(http::certificate_end(*settings.tls)) : std::nullopt;
}

void Facts::note(const Reloadable& live)
{
  process.keep = keep_of(live);
  process.alert_overdue = live.alert_overdue;
  process.alert_refused = live.alert_refused;
  if (!running_.api.socket.empty() || running_.api.port) process.api_floor = ApiSide::floor_of(live);
}

void Facts::note_reload(const Configuration& fresh, base::TimePoint now)
{
  note(fresh.live);
  process.restart_needed = fresh.fixed == running_ ? "" : changed_tables(running_, fresh.fixed);
  process.reloaded_at = now;
  process.reload_error.clear();
  if (!process.restart_needed.empty())
    base::log::warning("configuration",
                       {{"what", "these tables changed and need a restart: " + process.restart_needed}});
  auto credentials = std::make_shared<CredentialWatch>(fresh, credentials_.get());
  const std::lock_guard lock(mutex_);
  credentials_ = std::move(credentials);
}

std::vector<std::string> Facts::changed_credentials() const
{
  std::shared_ptr<const CredentialWatch> credentials;
  {
    const std::lock_guard lock(mutex_);
    credentials = credentials_;
  }
  return credentials->changed();
}

} // namespace postbackd
