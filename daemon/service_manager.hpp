#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

// The messages between systemd and the daemon (sd_notify(3), sd_listen_fds(3)). Outside a unit nothing
// happens.
namespace postbackd::service_manager
{

// Returns the descriptors of the listening sockets that systemd holds, so that a restart refuses no
// connection. Children do not inherit them.
std::vector<int> inherited_sockets();
// The one of [api] port.
std::optional<int> inherited_api_socket();

// Reports that the sockets listen and the store is open.
void tell_ready(const std::string& status);
// Reports that a reload has begun; tell_ready ends it.
void tell_reloading();
void tell_stopping();

// Returns how often to ping the watchdog: half of WatchdogSec=. Returns nothing if there is no watchdog.
std::optional<std::chrono::microseconds> watchdog_period();
void ping_watchdog();

} // namespace postbackd::service_manager
