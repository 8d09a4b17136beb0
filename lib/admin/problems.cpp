#include "admin/problems.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "admin/refused_problems.hpp"
#include "admin/status.hpp"
#include "text/time.hpp"

namespace postbackd::admin
{
namespace
{

using std::chrono::days;
using std::chrono::duration_cast;
using std::chrono::hours;

// A certificate is renewed long before; a backlog that is older is not only a burst.
constexpr days certificate_warning{14};
constexpr hours backlog_warning{1};
constexpr days disk_warning{7};
constexpr days disk_critical{1};
constexpr days restored_for{1};
constexpr std::chrono::minutes clock_tolerance{5};
constexpr std::chrono::minutes platform_patience{10};

void add_certificate(const Status& status, std::vector<Problem>& problems)
{
  const auto& ends = status.process.certificate_ends;
  if (!ends || *ends > status.now + certificate_warning) return;
  const auto left = std::chrono::floor<days>(*ends - status.now).count();
  problems.push_back({{"certificate", "", left < 1,
                       (left < 0 ? std::string("the certificate has expired")
                                 : fmt::format("days until the certificate expires: {}", left)) +
                           ": put a new one in its place, and `postbackctl apply`"}});
}

void add_disk(const Status& status, std::vector<Problem>& problems)
{
  if (!status.free_bytes) return;
  const std::uint64_t free = *status.free_bytes;
  const std::uint64_t floor = status.process.api_floor;
  if (free < floor && status.not_ready.empty())
    problems.push_back(
        {{"disk", "", false,
          fmt::format(
              "free: {} MiB; below {} MiB the API refuses, and below half of that postbacks too: free some, "
              "or lower [limits] free_space",
              free >> 20, floor >> 20)}});
  const auto left = status.days_left();
  if (left && *left < disk_warning.count())
    problems.push_back({{"disk_full", "", *left < disk_critical.count(),
                         fmt::format("days until the disk is full: {}, at {} MiB a day: delete what is old "
                                     "([keep] postbacks), or make "
                                     "room",
                                     *left, status.store->growth >> 20)}});
}

void add_configuration(const Status& status, std::vector<Problem>& problems)
{
  const ProcessFacts& process = status.process;
  if (!process.reload_error.empty())
    problems.push_back(
        {{"reload", "", false,
          "the last reload failed, and the old configuration is in use: mend it, and `postbackctl apply`"},
         process.reload_error});
  if (!process.restart_needed.empty())
    problems.push_back({{"restart", "", false,
                         fmt::format("these tables changed and need a restart: {}: `postbackctl apply`",
                                     process.restart_needed)}});
  for (const std::string& where : status.changed_credentials)
    problems.push_back(
        {{"credential", "", false,
          fmt::format("{}: its file has changed, and the old credential is in use: `postbackctl apply`",
                      where)}});
}

void add_handler(const store::HandlerFigures& handler, std::vector<Problem>& problems)
{
  const auto add = [&](const char* name, std::string what, std::string detail = {}) {
    problems.push_back({{name, handler.name, false, std::move(what)}, std::move(detail)});
  };
  if (!handler.active && handler.backlog > 0)
    add("inactive", fmt::format("deliveries wait for the handler {}, which is not configured: {} (configure "
                                "it, or `postbackctl kill "
                                "--handler {} --reason WHY`)",
                                handler.name, handler.backlog, handler.name));
  else if (handler.circuit_open)
    add("circuit",
        fmt::format("the handler {} keeps failing; waiting deliveries: {} (postbackctl deliveries --handler "
                    "{} --due)",
                    handler.name, handler.backlog, handler.name),
        handler.last_error);
  else if (handler.oldest > backlog_warning)
    add("behind", fmt::format("the handler {} is behind: its oldest delivery waits for {} h (postbackctl "
                              "deliveries --handler {} --due)",
                              handler.name, duration_cast<hours>(handler.oldest).count(), handler.name));
  if (handler.dead > 0)
    add("dead",
        fmt::format("dead deliveries to {0}: {1} (postbackctl deliveries --dead --handler {0}; then retry "
                    "them, or `postbackctl kill "
                    "--dead --handler {0} --reason WHY`)",
                    handler.name, handler.dead),
        handler.last_error);
}

void add_queries(const Status& status, std::vector<Problem>& problems)
{
  const store::StoreFigures& store = *status.store;
  const auto add = [&](const char* name, std::string what) {
    problems.push_back({{name, "", false, std::move(what)}});
  };
  if (store.overdue >= status.process.alert_overdue)
    add("overdue", fmt::format("overdue queries: {} (postbackctl list --overdue; `postbackctl close "
                               "--overdue --reason WHY` gives them up)",
                               store.overdue));
  if (store.lost > 0)
    add("lost", fmt::format("lost queries: {} (postbackctl list --state lost)", store.lost));
  if (store.expired > 0)
    add("expired",
        fmt::format("submissions that expired unsent since yesterday: {} (postbackctl list --state "
                    "closed, and `again` asks them anew)",
                    store.expired));
  if (store.last_doubtful)
    add("odd_query_id",
        fmt::format(
            "postbacks to a query's own URL with another QueryId than the platform has named, in the last "
            "day: {} (postbackctl show {})",
            store.doubtful, *store.last_doubtful));
}

void add_platform(const Status& status, std::vector<Problem>& problems)
{
  const ProcessFacts& process = status.process;
  if (!process.account_refused.empty())
    problems.push_back({{"account", "", false,
                         "the platform refuses our account, so nothing is submitted: renew the tokens of "
                         "[platform], and `postbackctl "
                         "apply`"},
                        process.account_refused});
  else if (process.platform_silent_since && *process.platform_silent_since < status.now - platform_patience &&
           (!status.store || status.store->queued_submissions > 0))
    problems.push_back({{"platform", "", false,
                         fmt::format("the platform has taken no submission since {}, and they wait "
                                     "(postbackctl list --state queued): can [platform] base_url be reached?",
                                     text::format_time(*process.platform_silent_since))},
                        process.platform_silence});
}

void add_history(const Status& status, std::vector<Problem>& problems)
{
  const store::StoreFigures& store = *status.store;
  if (store.restored_at && status.now - *store.restored_at < restored_for)
    problems.push_back(
        {{"restored", "", false,
          fmt::format("the store was restored from a backup at {}: what came after that backup is not in it "
                      "(docs/operations.md, After a restore)",
                      text::format_time(*store.restored_at))}});
  if (store.backup_due && status.now > *store.backup_due)
    problems.push_back(
        {{"backup", "", false,
          fmt::format("the newest backup is of {}: `systemctl status postbackd-backup.service`",
                      store.backed_up_at ? text::format_time(*store.backed_up_at)
                                         : std::string("a time that is not known"))}});
  if (store.newest && *store.newest > status.now + clock_tolerance)
    problems.push_back(
        {{"clock", "", false,
          fmt::format(
              "the newest postback is of {}, which is to come: the clock is wrong, or was (timedatectl)",
              text::format_time(*store.newest))}});
}

} // namespace

std::vector<Problem> problems_of_process(const Status& status)
{
  std::vector<Problem> problems;
  if (!status.not_ready.empty())
    problems.push_back({{"not_ready", "", true, "not ready: " + status.not_ready}});
  if (!status.store) problems.push_back({{"store", "", true, "the store cannot be read: the log says why"}});
  add_certificate(status, problems);
  add_disk(status, problems);
  add_configuration(status, problems);
  for (const auto& [handler, why] : status.unusable_handlers)
    problems.push_back({{"handler", handler, false,
                         fmt::format("the handler {} cannot run: mend it, and `postbackctl apply`", handler)},
                        why});
  add_refused(status, problems);
  add_platform(status, problems);
  return problems;
}

std::vector<Problem> problems_of_store(const Status& status)
{
  std::vector<Problem> problems;
  if (!status.store) return problems;
  add_queries(status, problems);
  for (const store::HandlerFigures& handler : status.store->handlers)
    add_handler(handler, problems);
  add_history(status, problems);
  return problems;
}

std::vector<Problem> problems_of(const Status& status)
{
  std::vector<Problem> problems = problems_of_process(status);
  for (Problem& problem : problems_of_store(status))
    problems.push_back(std::move(problem));
  const auto is_known = [&](const store::OpenAlert& alert) {
    return alert.source == status.process.source ||
           std::any_of(problems.begin(), problems.end(), [&](const Problem& problem) {
             return problem.name == alert.name && problem.handler == alert.handler;
           });
  };
  if (status.store)
    for (const store::OpenAlert& alert : status.store->alerts)
      if (!is_known(alert))
        problems.push_back({{alert.name, alert.handler, alert.critical, alert.source + ": " + alert.what}});
  std::stable_partition(problems.begin(), problems.end(), [](const Problem& p) { return p.critical; });
  return problems;
}

} // namespace postbackd::admin
