#pragma once

#include "api/client.hpp"
#include "api/feed.hpp"
#include "api/feed_filter.hpp"

namespace postbackd::api
{

// Reads the feed as a follower does: from the memory, or from the store if the follower is behind it.
class FeedReader
{
public:
  // For this client, at this caller (null: nobody leaves). All must outlive it; on the feed's thread.
  FeedReader(Feed& feed, const Client& client, const http::Caller* caller, FeedFilter filter)
      : feed_(feed), client_(client.shared_from_this()), seen_(client.sees_all ? "" : client.name),
        caller_(caller), filter_(std::move(filter))
  {
  }

  // Returns up to `most` events after `after` that the client sees and wants, in order; waits for the first
  // one until `until`. Throws base::Failure when the store cannot be read.
  boost::asio::awaitable<FeedPage> read(std::int64_t after, std::size_t most, Feed::Clock::time_point until);
  // Returns whether nothing more is to be given: the caller has left, or the client has lost a right.
  bool is_over() const { return *client_->revoked || (caller_ && caller_->has_left()); }

private:
  boost::asio::awaitable<FeedPage> read_seen(std::int64_t after, std::size_t most,
                                             Feed::Clock::time_point until);
  boost::asio::awaitable<void> wait(Feed::Clock::time_point until);

  Feed& feed_;
  std::shared_ptr<const Client> client_;
  std::string seen_; // empty: all
  const http::Caller* caller_;
  FeedFilter filter_;
};

} // namespace postbackd::api
