#include "command.hpp"

#include <fmt/format.h>

#include <iostream>
#include <thread>

#include "base/permission.hpp"
#include "configuration/moved_store.hpp"
#include "text/json_document.hpp"
#include "text/time.hpp"

namespace postbackd::ctl
{
namespace
{

// From the start of a daemon until it leads.
constexpr std::chrono::seconds start_time{2};

Configuration followed(Configuration configuration)
{
  if (const std::string moved = follow_moved_store(configuration); !moved.empty())
    std::cerr << "postbackctl: " << moved << '\n';
  return configuration;
}

} // namespace

Configuration Load::operator()() const { return followed(load_configuration(file_)); }

Configuration Load::leniently(std::string& wrong) const { return followed(load_what_is_right(file_, wrong)); }

Configuration load_and_warn(const Load& load)
{
  std::string wrong;
  Configuration configuration = load.leniently(wrong);
  if (!wrong.empty())
    std::cerr << "postbackctl: the configuration is wrong; going on with the rest of it:\n" << wrong << '\n';
  return configuration;
}

std::unique_ptr<store::OperatorStore> open_store(const Configuration& configuration, store::Access access)
{
  const Fixed::Store& store = configuration.fixed.store;
  return store::open_operator(store.address(), store.busy_timeout, access);
}

std::unique_ptr<store::OperatorStore> open_to_read(const Configuration& configuration,
                                                   const std::string& action, const std::string& query)
{
  if (!configuration.fixed.api.audit) return open_store(configuration, store::Access::read);
  auto store = open_store(configuration, store::Access::write);
  store->archive().note_access(who_runs_this(), action, query, now());
  return store;
}

std::string who_runs_this() { return "postbackctl: " + base::user_name(); }

void normalise_object(const char* option, std::optional<std::string>& text)
{
  if (!text) return;
  const auto document = text::JsonDocument::parse(*text);
  if (!document || !document->root().is_object())
    throw base::Failure(base::Errc::invalid, fmt::format("{}: expected a JSON object", option));
  text = document->root().json();
}

std::optional<std::chrono::milliseconds> duration_of(const char* option,
                                                     const std::optional<std::string>& text)
{
  if (!text) return std::nullopt;
  const auto duration = text::parse_deadline(*text, now());
  if (!duration)
    throw base::Failure(
        base::Errc::invalid,
        std::string(option) + ": '" + *text +
            "' is not a duration (30s, 10m, 2h, 5d) or a time to come (2026-01-31T21:00:00-03:00)");
  return duration;
}

bool is_submitting(store::OperatorStore& store)
{
  const auto end = std::chrono::steady_clock::now() + start_time;
  while (!store.is_led(store::Duty::ask)) {
    if (std::chrono::steady_clock::now() > end) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
  return true;
}

base::TimePoint time_of(const std::string& option, const std::string& since)
{
  if (const auto ago = text::parse_duration(since)) return now() - *ago;
  if (const auto time = text::parse_time(since)) return *time;
  throw base::Failure(base::Errc::invalid,
                      option + ": '" + since +
                          "' is not a time (e.g. 2026-01-31T12:00:00Z) or a duration (e.g. 7d)");
}

} // namespace postbackd::ctl
