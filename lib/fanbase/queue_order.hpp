#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "base/error.hpp"
#include "http/request.hpp"
#include "store/fanbase_store.hpp"

namespace postbackd::fanbase
{

struct QueueOptions {
  std::uint64_t most_bytes = 1 << 20; // of a request
  std::string api = "people";         // of the query for an update_fandata
  std::string datasets = "basic_data";
  std::chrono::seconds deadline{600};
  std::string route; // for its result; empty: the platform is not configured
};

// What a request to the queue asks for (Update Fandata, Webhook Ingressos: "Campos da Requisição").
struct QueueOrder {
  store::QueueObject object;
  std::optional<store::ObjectSubmission> submission;
};

// Returns the order with a new id, or `invalid` with the problem and its field, in the language of the
// callers.
base::Result<QueueOrder> read_queue_order(const http::Request& request, const QueueOptions& options,
                                          std::string client, base::TimePoint now);

} // namespace postbackd::fanbase
