#pragma once

#include "api/client.hpp"
#include "api/feed_reader.hpp"
#include "api/feed_writer.hpp"

namespace postbackd::api
{

// Counts a request that waits, until the result is gone. Throws BadRequest (429) when the client has enough.
std::shared_ptr<void> take_place_to_wait(Client& client);

// The feed as server-sent events (WHATWG HTML, 9.2), from an event on, until the client leaves.
class EventStream
{
public:
  // What a follower wants.
  struct Wishes {
    FeedFilter filter;
    bool results = false; // with their events
  };
  EventStream(Feed& feed, FeedWriter& writer, Client& client, const http::Caller* caller, std::int64_t after,
              Wishes wishes)
      : feed_(feed), writer_(writer), client_(client.shared_from_this()), caller_(caller),
        reader_(feed, client, caller, std::move(wishes.filter)), results_(wishes.results),
        waiting_(take_place_to_wait(client)), next_(after)
  {
  }

  // Returns the next events, a comment when there were none for a while, or an empty text at the end: of the
  // daemon, of the client, or of its right to read.
  boost::asio::awaitable<std::string> next();

private:
  Feed& feed_;
  FeedWriter& writer_;
  std::shared_ptr<const Client> client_;
  const http::Caller* caller_;
  FeedReader reader_;
  bool results_;
  std::shared_ptr<void> waiting_;
  std::int64_t next_;
};

} // namespace postbackd::api
