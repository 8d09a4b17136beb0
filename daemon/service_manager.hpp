#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

// What systemd and the daemon tell each other (sd_notify(3), sd_listen_fds(3)). Outside a unit nothing
// happens.
namespace postbackd::service_manager
{

// A listening socket that systemd holds, so that a restart refuses no connection.
struct InheritedSocket {
  int descriptor;
  std::string name; // FileDescriptorName= of the socket unit
};

// Those that were handed over. They are not handed on to children.
std::vector<InheritedSocket> inherited_sockets();

// One true line for `systemctl status`.
void tell_status(const std::string& line);
// The sockets listen and the store is open.
void tell_ready(const std::string& status);
// A reload has begun; tell_ready ends it.
void tell_reloading();
void tell_stopping();

// How often systemd wants to hear that we live: half of WatchdogSec=. Nothing when it does not ask.
std::optional<std::chrono::microseconds> watchdog_period();
void ping_watchdog();

} // namespace postbackd::service_manager
