#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include "api/feed_memory.hpp"
#include "store/query_store.hpp"

namespace postbackd::api
{

// Reads events from the store, on a thread that may wait. Each function throws base::Failure when it cannot.
class FeedSource
{
public:
  FeedSource(store::QueryStore& store, boost::asio::any_io_executor background)
      : store_(store), background_(std::move(background))
  {
  }

  boost::asio::awaitable<store::QueryStore::Newest> newest() const;
  // As QueryStore::parted_at.
  boost::asio::awaitable<std::optional<std::int64_t>> parted_at(std::int64_t after) const;
  // Returns the next events after this one; none if there are no more.
  boost::asio::awaitable<FeedItems> after(std::int64_t event) const;
  // Reads what commits have not told of the events. Those that have been deleted since are left out.
  boost::asio::awaitable<void> load(FeedPage& page) const;

private:
  store::QueryStore& store_;
  boost::asio::any_io_executor background_;
};

} // namespace postbackd::api
