#pragma once

#include "api/client.hpp"
#include "api/feed_reader.hpp"

namespace postbackd::api
{

// Counts a request that waits, until the result is gone. Throws BadRequest (429) when the client has enough.
std::shared_ptr<void> take_place_to_wait(Client& client);

// The feed as server-sent events (WHATWG HTML, 9.2), from an event on, until the client leaves.
class EventStream
{
public:
  EventStream(Feed& feed, Client& client, const http::Caller* caller, std::int64_t after)
      : feed_(feed), reader_(feed, client, caller), waiting_(take_place_to_wait(client)), next_(after)
  {
  }

  // Returns the next events, a comment when there were none for a while, or an empty text at the end: of the
  // daemon, of the client, or of its right to read.
  boost::asio::awaitable<std::string> next();

private:
  Feed& feed_;
  FeedReader reader_;
  std::shared_ptr<void> waiting_;
  std::int64_t next_;
};

} // namespace postbackd::api
