#include "sampler.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "base/spawn.hpp"

namespace postbackd
{

namespace asio = boost::asio;

void Sampler::start() { base::spawn(io_.get_executor(), "sampler", sample()); }

void Sampler::begin_stop()
{
  stopping_ = true;
  asio::post(io_, [this] { timer_.cancel(); });
}

asio::awaitable<void> Sampler::sample()
{
  while (!stopping_) {
    const auto now = dependencies_.clock.now().time_since_epoch();
    timer_.expires_after(admin::History::step - now % admin::History::step);
    boost::system::error_code ignored;
    co_await timer_.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
    note();
  }
}

void Sampler::note()
{
  admin::History::Totals totals = dependencies_.metrics.totals();
  totals.refused = dependencies_.refusals.total();
  dependencies_.history.note(totals, dependencies_.metrics.take_slowest_commit(), dependencies_.clock.now());
}

} // namespace postbackd
