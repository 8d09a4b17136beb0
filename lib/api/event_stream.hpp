#pragma once

#include "api/client.hpp"
#include "api/feed_reader.hpp"

namespace postbackd::api
{

// Counts a request that waits, as long as it lives. Throws BadRequest (429) when the client has enough.
class Waiting
{
public:
  explicit Waiting(Client& client);
  ~Waiting() { --*client_->waiting; }
  Waiting(const Waiting&) = delete;
  Waiting& operator=(const Waiting&) = delete;

private:
  std::shared_ptr<Client> client_; // a reload may have replaced it
};

// The feed as server-sent events (WHATWG HTML, 9.2), from an event on, until the client leaves.
class EventStream
{
public:
  EventStream(Feed& feed, Client& client, const http::Caller* caller, std::int64_t after)
      : feed_(feed), reader_(feed, client, caller), waiting_(client), next_(after)
  {
  }

  // Returns the next events, a comment when there were none for a while, or an empty text at the end: of the
  // daemon, of the client, or of its right to read.
  boost::asio::awaitable<std::string> next();

private:
  Feed& feed_;
  FeedReader reader_;
  Waiting waiting_;
  std::int64_t next_;
};

} // namespace postbackd::api
