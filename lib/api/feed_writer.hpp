#pragma once

#include "api/client_queries.hpp"
#include "api/feed_memory.hpp"

namespace postbackd::api
{

// The largest document that the feed gives with its event (`include=result`).
constexpr std::size_t largest_included = 64 << 10;

// Writes pages of the feed as JSON. On the feed's thread.
class FeedWriter
{
public:
  // All references must outlive it.
  struct Dependencies {
    store::QueryStore& store;
    ClientQueries& queries;
    Turns& turns;
  };
  explicit FeedWriter(Dependencies dependencies) : dependencies_(dependencies) {}

  // Returns an object without line ends for each event; ends the page early when they have about as many
  // bytes as a page may have (parameters.hpp). `with_results`: those of readable results have the document,
  // if it is not larger than largest_included, and whoever reads them is noted. Throws base::Failure when the
  // store cannot be read now.
  boost::asio::awaitable<std::vector<std::string>> write(FeedPage& page, bool with_results,
                                                         const Client& client, const http::Caller* caller);

private:
  using Documents = std::vector<std::optional<std::string>>;
  boost::asio::awaitable<Documents> read_documents(const FeedPage& page, const Client& client,
                                                   const http::Caller* caller);

  Dependencies dependencies_;
};

} // namespace postbackd::api
