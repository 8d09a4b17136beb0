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
  const std::vector<std::string> written = co_await writer_.write(page, results_, *client_, caller_);
  next_ = page.next;
  std::string text;
  for (std::size_t i = 0; i < written.size(); ++i)
    text += fmt::format("id: {}\nevent: {}\ndata: {}\n\n", page.items[i]->note.id,
                        model::to_text(page.items[i]->note.kind), written[i]);
  if (text.empty() && !feed_.stopping()) text = fmt::format("id: {}\n: nothing new\n\n", next_);
  co_return text;
}

} // namespace postbackd::api
