#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>

#include "base/error.hpp"
#include "store/postback_store.hpp"

namespace postbackd::store
{

// A database of a server, which several receivers share.
struct ServerAddress {
  std::string url;      // a URI of the server's kind
  std::string password; // empty: as every client of the server finds it
};

// Whether a URL names one, and how it must look, for people.
bool is_server_url(const std::string& url);
extern const char* const server_url_form;

// Where a store is: a file, or a database of a server.
struct StoreAddress {
  StoreAddress() = default;
  StoreAddress(std::filesystem::path file) : path(std::move(file)) {}

  // Names it for people, without a password.
  std::string text() const;

  std::filesystem::path path;
  std::optional<ServerAddress> server;
};

struct StoreOptions : StoreAddress {
  // Why none may be made where there is no store; empty: one is made.
  std::string why_not_made{};
  std::chrono::milliseconds busy_timeout{5'000}; // how long to wait for another program's lock
  std::chrono::milliseconds commit_timeout{
      15'000};                        // how long a server may take for a call; a file has no such limit
  std::chrono::seconds deadline{600}; // of a query registered without one
  std::chrono::seconds expires{7 * 24 * 3600}; // of a submission without a time of its own: not sent any more
  std::chrono::milliseconds lease{
      8'000};                          // of a duty: another process leads it so long after this one is dead
  std::size_t queue_jobs = 20'000;     // writes that may wait for the writer
  std::size_t queue_bytes = 512 << 20; // and their bytes
  // Returns `unavailable` if this many more bytes must not be written. If absent, there is always room.
  // Thread-safe.
  std::function<base::Result<void>(std::uint64_t bytes)> has_room;
  // Called once, on any thread, after a failure that only a new start can cure: the process must end.
  std::function<void(const base::Error&)> on_fatal;
  bool note_events = false;                         // CommitGroup::events
  std::function<void(const CommitGroup&)> on_group; // on the writer thread, after each commit
  // Called on any thread when another process may have committed events.
  std::function<void()> on_others;
};

enum class Access { read, write };

} // namespace postbackd::store
