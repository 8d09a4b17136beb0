#include "api/turns.hpp"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace postbackd::api
{

namespace asio = boost::asio;

asio::awaitable<void> Turns::wait(const std::string& client)
{
  const auto [queue, is_first] = waiting_.try_emplace(client);
  if (is_first) co_return;
  const auto executor = co_await asio::this_coro::executor;
  const auto timer = std::make_shared<Timer>(executor, Timer::time_point::max());
  queue->second.push_back(timer);
  boost::system::error_code cancelled;
  co_await timer->async_wait(asio::redirect_error(asio::use_awaitable, cancelled));
}

void Turns::pass_on(const std::string& client)
{
  const auto queue = waiting_.find(client);
  if (queue->second.empty()) {
    waiting_.erase(queue);
    return;
  }
  const std::shared_ptr<Timer> next = queue->second.front();
  queue->second.pop_front();
  next->cancel();
}

} // namespace postbackd::api
