#pragma once

#include <chrono>
#include <cstddef>

namespace postbackd::http
{

// The limits on every wait and size of a connection; each has its key in [limits].
struct Limits {
  std::size_t header = 8 << 10;                // request line and fields, in bytes
  std::size_t connections = 10'000;            // in total
  std::size_t connections_per_address = 1'000; // 0: no limit; trusted proxies are exempt
  std::chrono::milliseconds header_timeout{
      10'000}; // from the first byte to the end of the header; also for sending an answer
  std::chrono::milliseconds body_timeout{300'000}; // from the end of the header to the end of the body
  std::chrono::milliseconds idle_timeout{75'000};  // between two requests
  std::chrono::milliseconds stop_timeout{30'000};  // for work in flight at a stop

  bool operator==(const Limits&) const = default;
};

} // namespace postbackd::http
