#pragma once

#include "api/feed.hpp"

namespace postbackd::api
{

// Reads the feed as a follower does: from the memory, or from the store if the follower is behind it.
class FeedReader
{
public:
  // The feed must outlive it; on its thread.
  explicit FeedReader(Feed& feed) : feed_(feed) {}

  // Returns up to `most` events after `after` of this client (empty: of all), in order; waits for the first
  // one until `until`. Throws base::Failure when the store cannot be read.
  boost::asio::awaitable<FeedPage> read(std::int64_t after, std::size_t most, std::string client,
                                        Feed::Clock::time_point until);

private:
  Feed& feed_;
};

} // namespace postbackd::api
