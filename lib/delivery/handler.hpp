#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "base/blob.hpp"

// The interface for custom handlers (docs/handlers.md).
namespace postbackd::delivery
{

// The input of a handler. Absent texts are empty.
struct Delivery {
  // result, recovered, late, failed, lost, closed, erased, notice, overdue, unmatched, ticket-create,
  // update-fandata, app-event, group, alert
  std::string event;
  std::string id; // names the query from its registration on; without one of ours, its QueryId
  std::string query_id;
  std::string label;
  std::string key;      // the application's Idempotency-Key for the query
  std::string metadata; // the application's JSON object
  std::string group;    // the application's, of queries that belong together
  std::string api;
  std::string datasets;
  std::string status;                  // ok, partial, failed
  std::optional<std::int64_t> receipt; // none: there is no postback, as for an overdue query
  std::string route;
  base::Blob document;         // JSON, UTF-8; in a file when large (in_memory() tells)
  std::string idempotency_key; // the same at each attempt, and never another delivery's
  int attempt = 1;
  std::string handler;     // its own name in the configuration
  bool replayed = false;   // an operator wants it once more, although its key may be known
  std::string traceparent; // of the request that registered the query (W3C Trace Context)
  std::string tracestate;
};

struct Outcome {
  enum class Kind { done, retry, dead };

  static Outcome done(std::string why = {}) { return {Kind::done, std::move(why), {}, {}, {}}; }
  // Tried again after the delay, or according to the retry policy.
  static Outcome retry(std::string why, std::optional<std::chrono::milliseconds> delay = {})
  {
    return {Kind::retry, std::move(why), {}, delay, {}};
  }
  // Not tried again unless an operator retries it.
  static Outcome dead(std::string why) { return {Kind::dead, std::move(why), {}, {}, {}}; }

  // Adds what a command or an endpoint said.
  Outcome&& with(std::string said) &&
  {
    output = std::move(said);
    return std::move(*this);
  }
  // Adds the handler's own words for whoever requested the object: `processMsg` of a Fanbase object.
  Outcome&& telling(std::string words) &&
  {
    message = std::move(words);
    return std::move(*this);
  }
  // What is kept with the attempt.
  std::string detail() const { return output.empty() || why.empty() ? why + output : why + ": " + output; }

  Kind kind = Kind::done;
  std::string why;    // for people; kept with the attempt, and it may be in the log: no personal data
  std::string output; // what a command or an endpoint said: kept with the attempt only
  std::optional<std::chrono::milliseconds> delay;
  std::string message = {}; // for the requester; one line
};

// Does something with each result. One object serves all of a handler's deliveries, up to `concurrency` at a
// time. The same result can come again, after a crash or a lost outcome; its key shows it.
class Handler
{
public:
  virtual ~Handler() = default;

  // Blocks until it is done. Runs on a thread of a pool. Must end soon after a stop is requested, which
  // happens at its timeout and when the daemon ends. An exception counts as a retry.
  virtual Outcome handle(const Delivery& delivery, std::stop_token stop) = 0;
};

// The configuration of a handler.
struct HandlerOptions {
  std::string name;
  std::string kind;
  std::chrono::milliseconds timeout{30'000};
  std::map<std::string, std::vector<std::string>> settings; // all further keys of its table, as texts
  std::map<std::string, std::vector<std::string>>
      secrets; // `credential:` and `file:` references among them, read

  std::string unusable{}; // why no handler can be made of it: a secret cannot be read

  // Return the first value of a setting or a secret, or an empty text if it is absent.
  std::string text(const std::string& key) const;
  std::string secret(const std::string& key) const;

  bool operator==(const HandlerOptions&) const = default;
};

// The keys of a kind, in addition to those that every handler has.
struct HandlerKeys {
  std::vector<std::string> plain;
  std::vector<std::string> secret; // `credential:` or `file:` references only

  bool is_secret(const std::string& key) const
  {
    return std::find(secret.begin(), secret.end(), key) != secret.end();
  }
  bool names(const std::string& key) const
  {
    return is_secret(key) || std::find(plain.begin(), plain.end(), key) != plain.end();
  }
};

// The kinds of handlers that a configuration can name.
class HandlerRegistry
{
public:
  // Throws base::Failure with a readable message if the options are wrong.
  using Factory = std::function<std::unique_ptr<Handler>(const HandlerOptions& options)>;

  // Adds a kind that accepts any keys and checks them itself.
  void add(const std::string& kind, Factory factory) { kinds_[kind] = {std::nullopt, std::move(factory)}; }
  // Adds a kind that has these keys only; others are configuration errors.
  void add(const std::string& kind, HandlerKeys keys, Factory factory)
  {
    kinds_[kind] = {std::move(keys), std::move(factory)};
  }
  // Returns the keys of the kind, or nullptr if it is unknown or accepts any.
  const HandlerKeys* keys(const std::string& kind) const;
  std::unique_ptr<Handler> make(const HandlerOptions& options) const;

private:
  struct Kind {
    std::optional<HandlerKeys> keys;
    Factory factory;
  };
  std::map<std::string, Kind> kinds_;
};

} // namespace postbackd::delivery
