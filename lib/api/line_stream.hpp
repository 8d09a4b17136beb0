#pragma once

#include <functional>
#include <set>

#include "api/client.hpp"
#include "api/query_reader.hpp"
#include "base/blob.hpp"

namespace postbackd::api
{

// POST /v1/queries with lines of JSON: enters them a part at a time, and answers a line for each, once it is
// on disk. A client that does not take the answers is not served further.
class LineStream
{
public:
  // All references must outlive it.
  struct Dependencies {
    store::QueryStore& store;
    const base::Clock& clock;
    std::string route;               // of submissions; empty: the platform is not configured
    std::chrono::seconds deadline;   // of queries without one
    std::function<void()> on_queued; // submissions, which will be sent
    std::function<void()> on_served; // a submission, which an equal one answers
  };
  LineStream(Dependencies dependencies, std::shared_ptr<Client> client, http::Request request);

  // Returns the answers to the next lines, and an empty text at the end.
  boost::asio::awaitable<std::string> next();

private:
  using Order = store::QueryStore::Order;
  struct Line {
    std::int64_t number = 0;
    std::string answer; // of a wrong one
    std::optional<Order> order;
  };

  std::vector<Line> read_lines();
  bool advance(std::optional<std::string>& line);
  Line read(std::string text);
  Order order_of(std::string text);
  boost::asio::awaitable<std::string> enter(std::vector<Line>& lines);
  void give_back(const std::vector<Line>& lines, const std::vector<store::Enqueued>& entered);
  void tell(const std::vector<store::Enqueued>& entered) const;
  boost::asio::awaitable<void> end();
  bool is_over() const;

  Dependencies dependencies_;
  std::shared_ptr<Client> client_;
  http::Request request_;
  std::optional<std::string> trace_; // of all lines
  base::BlobReader reader_;
  std::string rest_; // read, and from at_ on not yet a line
  std::size_t at_ = 0;
  bool skipping_ = false; // the rest of a line that is too long
  bool at_end_ = false;
  bool failed_ = false;
  std::int64_t number_ = 0;
  std::set<std::string> groups_;
};

} // namespace postbackd::api
