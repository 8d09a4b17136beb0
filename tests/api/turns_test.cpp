// Whoever asks for much waits for itself.
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_future.hpp>
#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <atomic>
#include <future>
#include <semaphore>

#include "api/turns.hpp"

using namespace postbackd;
using namespace postbackd::api;

namespace
{

class Gone final : public http::Caller
{
public:
  bool has_left() const override { return left; }
  bool left = false;
};

struct TurnsFixture {
  std::shared_ptr<Client> client(const std::string& name)
  {
    auto one = std::make_shared<Client>();
    one->name = name;
    return one;
  }
  template<class Work>
  auto run(const std::shared_ptr<Client>& who, Work work, const http::Caller* caller = nullptr)
  {
    std::function<int()> function = std::move(work);
    return boost::asio::co_spawn(io, turns.run(*who, caller, std::move(function)), boost::asio::use_future);
  }

  boost::asio::thread_pool pool{4};
  boost::asio::io_context io;
  Turns turns{pool.get_executor()};
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(the_turns, TurnsFixture)

BOOST_AUTO_TEST_CASE(one_piece_of_work_of_a_client_runs_at_a_time_and_others_do_not_wait_for_it)
{
  const auto greedy = client("greedy");
  const auto other = client("other");
  std::binary_semaphore go(0);
  std::atomic<int> at_once = 0;
  std::atomic<int> most = 0;
  std::vector<std::future<int>> many;
  for (int i = 0; i < 20; ++i)
    many.push_back(run(greedy, [&, i] {
      most = std::max(most.load(), ++at_once);
      if (i == 0) go.acquire(); // until the other one has had its turn
      --at_once;
      return i;
    }));
  auto answered = run(other, [&] {
    go.release();
    return 7;
  });
  io.run_for(std::chrono::seconds(20));
  BOOST_TEST(answered.get() == 7);
  for (int i = 0; i < 20; ++i)
    BOOST_TEST(many[static_cast<std::size_t>(i)].get() == i);
  BOOST_TEST(most == 1);
}

BOOST_AUTO_TEST_CASE(work_for_somebody_who_has_left_is_not_begun_and_a_failure_passes_the_turn_on)
{
  const auto greedy = client("greedy");
  Gone gone;
  gone.left = true;
  auto failed = run(greedy, []() -> int { throw std::runtime_error("no"); });
  auto abandoned = run(
      greedy, []() -> int { throw std::logic_error("it was begun"); }, &gone);
  auto last = run(greedy, [] { return 1; });
  io.run_for(std::chrono::seconds(20));
  BOOST_CHECK_THROW(failed.get(), std::runtime_error);
  BOOST_CHECK_THROW(abandoned.get(), base::Failure);
  BOOST_TEST(last.get() == 1);
}

BOOST_AUTO_TEST_SUITE_END()
