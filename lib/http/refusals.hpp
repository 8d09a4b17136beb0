#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <mutex>
#include <string_view>
#include <vector>

#include "base/rate_limit.hpp"
#include "http/recent_refusals.hpp"

namespace postbackd::http
{

// Why a request or a connection was refused.
enum class Refusal {
  malformed,        // 400
  unauthorized,     // 401
  not_found,        // 404
  method,           // 405
  timeout,          // 408, or closed
  too_large,        // 413
  expectation,      // 417
  header_too_large, // 431
  transfer_coding,  // 501
  store,            // 503
  internal,         // 500
  vanished,         // the client went away in the middle of a request
  connections,      // over the limit, or it could not be accepted
  tls,              // the handshake failed
};
constexpr std::size_t refusal_count = 14;
std::string_view to_text(Refusal refusal);

// Counts refusals and logs a few of each kind per minute, so that no sender decides how much we log.
// Thread-safe.
class Refusals
{
public:
  Refusals();
  void add(Refusal refusal, std::string_view remote, std::string_view path, std::string_view why);
  std::uint64_t count(Refusal refusal) const { return counts_[static_cast<std::size_t>(refusal)]; }
  std::uint64_t total() const;
  RecentRefusals& recent() { return recent_; }
  const RecentRefusals& recent() const { return recent_; }
  // Logs how many lines were held back, once nothing more came. Call it every few seconds.
  void tell_held_back();

private:
  std::array<std::atomic<std::uint64_t>, refusal_count> counts_{};
  RecentRefusals recent_;
  std::mutex mutex_;
  std::vector<base::RateLimit> limits_; // one per kind
};

} // namespace postbackd::http
