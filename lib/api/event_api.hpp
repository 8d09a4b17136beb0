#pragma once

#include "api/client.hpp"
#include "api/event_stream.hpp"
#include "http/server_state.hpp"

namespace postbackd::api
{

// The feed (docs/api.md): GET /v1/events as JSON, NDJSON, or server-sent events. And GET /v1/openapi.yaml.
class EventApi
{
public:
  // The feed must outlive the API, and runs on its thread. So must what the writer depends on.
  EventApi(Feed& feed, FeedWriter::Dependencies writer) : feed_(feed), writer_(writer) {}

  // Puts its endpoint into the settings, which it must outlive.
  void add_to(http::Settings& settings, const std::shared_ptr<const Access>& access);

private:
  boost::asio::awaitable<http::Response> events(http::Request request, Client& client);
  // As QueryStore::parted_at.
  boost::asio::awaitable<std::optional<std::int64_t>> parted_at(std::int64_t after) const;
  http::Response stream(Client& client, const http::Caller* caller, std::int64_t after,
                        EventStream::Wishes wishes);

  Feed& feed_;
  FeedWriter writer_;
};

} // namespace postbackd::api
