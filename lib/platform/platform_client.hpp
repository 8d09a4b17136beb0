#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "http/client.hpp"
#include "model/submission.hpp"
#include "platform/acknowledgement.hpp"
#include "text/json_document.hpp"

namespace postbackd::platform
{

// The platform's record of a query's hook.
struct Metadata {
  std::string status; // Registered, RegistrationFailed, Dispatched, DispatchmentFailed, Posted, PostFailed
  // Returns whether the platform is still working on the result.
  bool is_under_way() const { return status == "Registered" || status == "Dispatched"; }
};

// A query in the platform's log.
struct LogRecord {
  std::string query_id;
  std::string api;
  std::string datasets;
  std::optional<base::TimePoint> submitted_at;
  std::string document; // the envelope, rebuilt as in a postback; empty while there is no result
};

struct LogPage {
  std::vector<LogRecord> records;
  std::string cursor; // of the next page; empty: this is the last
};

// The Data Platform's asynchronous calls (docs/protocol.md). Blocking; thread-safe. Its errors are
// `unavailable` if a later try may help, else `invalid`.
class PlatformClient
{
public:
  struct Options {
    std::string base_url; // without a slash at its end
    std::string access_token;
    std::string token_id;
    std::chrono::milliseconds timeout{60'000};
    // Returns the largest accepted answer, in bytes; called for each request.
    std::function<std::size_t()> most_received = [] { return std::size_t{256} << 20; };
  };
  explicit PlatformClient(Options options);

  Acknowledgement submit(const model::Submission& submission, const std::string& hooks,
                         std::stop_token stop = {}) const;
  base::Result<Metadata> metadata(const std::string& query_id, std::stop_token stop = {}) const;
  // Return the records of one QueryId, or of one q after the cursor, without their documents.
  base::Result<LogPage> log_of_query(const std::string& query_id, std::stop_token stop = {}) const;
  base::Result<LogPage> log_of_q(const std::string& q, const std::string& cursor,
                                 std::stop_token stop = {}) const;

  const std::string& base_url() const { return options_.base_url; }

private:
  http::ClientRequest request(const char* path, std::string body) const;
  base::Result<text::JsonDocument> ask(const char* path, std::string body, std::stop_token stop) const;
  base::Result<LogPage> log(std::string body, bool with_documents, std::stop_token stop) const;

  Options options_;
};

} // namespace postbackd::platform
