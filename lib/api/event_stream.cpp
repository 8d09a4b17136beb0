#include "api/event_stream.hpp"

#include <fmt/format.h>

#include "api/problem.hpp"

namespace postbackd::api
{
namespace
{

// Proxies commonly close what is silent for a minute.
constexpr std::chrono::seconds heartbeat{15};
constexpr std::size_t most_events = 100;

} // namespace

std::shared_ptr<void> take_place_to_wait(Client& client)
{
  std::shared_ptr<void> place = client.waiting.take();
  if (!place) throw BadRequest("too many requests of this client wait", {}, 429);
  return place;
}

boost::asio::awaitable<std::string> EventStream::next()
{
  const auto until = Feed::Clock::now() + heartbeat;
  FeedPage page = co_await reader_.read(next_, most_events, until);
  if (reader_.is_over()) co_return std::string();
  shorten(page);
  next_ = page.next;
  std::string text;
  for (const auto& item : page.items)
    text += fmt::format("id: {}\nevent: {}\ndata: {}\n\n", item->note.id, model::to_text(item->note.kind),
                        item->json());
  if (text.empty() && !feed_.stopping()) text = fmt::format("id: {}\n: nothing new\n\n", next_);
  co_return text;
}

} // namespace postbackd::api
