#include "store/postgresql/listener.hpp"

#include <pthread.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/log.hpp"

namespace postbackd::store::postgresql
{
namespace
{

constexpr auto channel = "postbackd";
constexpr std::chrono::milliseconds gathering{10};
constexpr std::chrono::milliseconds longest_pause{1'000};

} // namespace

Listener::Listener(const postbackd::postgresql::ConnectionOptions& options, std::function<void()> on_others)
    : on_others_(std::move(on_others)), database_(options), wake_fd_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK))
{
  thread_ = std::thread([this] { work(); });
  pthread_setname_np(thread_.native_handle(), "listener");
}

Listener::~Listener()
{
  stopping_ = true;
  wake();
  thread_.join();
  ::close(wake_fd_);
}

void Listener::wake()
{
  const std::uint64_t one = 1;
  (void)!::write(wake_fd_, &one, sizeof one);
}

void Listener::committed()
{
  if (!has_committed_.exchange(true)) wake();
}

void Listener::work()
{
  while (!stopping_) {
    try {
      turn();
    } catch (const base::Failure& e) {
      base::log::debug("listener", {{"why", e.what()}});
      std::this_thread::sleep_for(gathering * 10);
      database_.renew();
    }
  }
}

void Listener::turn()
{
  auto& session = database_.session();
  if (listening_on_ != session.number()) {
    database_.exec(std::string("LISTEN ") + channel);
    listening_on_ = session.number();
    if (on_others_) on_others_(); // what it has missed
  }
  bool others = false;
  session.wait_for_notifications(
      has_committed_ ? gathering : longest_pause, [&](const std::string&) { others = true; }, wake_fd_);
  std::uint64_t count = 0;
  (void)!::read(wake_fd_, &count, sizeof count);
  if (others && on_others_) on_others_();
  if (!has_committed_.exchange(false)) return;
  database_.exec(std::string("NOTIFY ") + channel);
  std::this_thread::sleep_for(gathering);
}

} // namespace postbackd::store::postgresql
