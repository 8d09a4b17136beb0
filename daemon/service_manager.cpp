#include "service_manager.hpp"

#include <fmt/format.h>

#include <cstdlib>
#include <fcntl.h>
#include <string_view>
#include <systemd/sd-daemon.h>
#include <time.h>

namespace postbackd::service_manager
{

namespace
{

constexpr std::string_view api_name = "api"; // FileDescriptorName= of postbackd-api.socket

std::vector<int> sockets_of(bool api)
{
  char** names = nullptr;
  const int count = sd_listen_fds_with_names(0, &names);
  std::vector<int> sockets;
  for (int i = 0; i < count; ++i) {
    const int socket = SD_LISTEN_FDS_START + i;
    ::fcntl(socket, F_SETFD, FD_CLOEXEC);
    if ((names && names[i] == api_name) == api) sockets.push_back(socket);
    if (names) std::free(names[i]); // NOLINT: they are malloc's
  }
  std::free(names); // NOLINT
  return sockets;
}

} // namespace

std::vector<int> inherited_sockets() { return sockets_of(false); }

std::optional<int> inherited_api_socket()
{
  const std::vector<int> sockets = sockets_of(true);
  return sockets.empty() ? std::nullopt : std::optional(sockets.front());
}

void tell_ready(const std::string& status) { sd_notify(0, ("READY=1\nSTATUS=" + status).c_str()); }

void tell_reloading()
{
  // systemd orders RELOADING=1 before READY=1 by this clock.
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  const long long microseconds = now.tv_sec * 1'000'000LL + now.tv_nsec / 1'000;
  sd_notify(0, fmt::format("RELOADING=1\nMONOTONIC_USEC={}\nSTATUS=Reloading", microseconds).c_str());
}

void tell_stopping() { sd_notify(0, "STOPPING=1\nSTATUS=Finishing the work in flight"); }

std::optional<std::chrono::microseconds> watchdog_period()
{
  std::uint64_t microseconds = 0;
  if (sd_watchdog_enabled(0, &microseconds) <= 0) return std::nullopt;
  return std::chrono::microseconds(microseconds / 2);
}

void ping_watchdog() { sd_notify(0, "WATCHDOG=1"); }

} // namespace postbackd::service_manager
