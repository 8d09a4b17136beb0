#pragma once

#include "store/contract/recoveries_fixture.hpp"
#include "text/time.hpp"

namespace postbackd::test::contract
{

// What clients ask, take back and count.
struct Asking : Recoveries {
  store::Viewer local{"", true};

  model::Submission of(const std::string& client, const std::string& group = {}, int number = 0) const
  {
    model::Submission submission = question;
    submission.client = client;
    submission.q = "doc{" + std::to_string(number) + "}";
    if (!group.empty()) submission.group = group;
    return submission;
  }
  std::int64_t close_all(store::QueriesToClose which, bool dry_run = false)
  {
    return store->queries().close_all(std::move(which), local, "not needed", dry_run, clock.now());
  }
  std::int64_t submitted(const std::string& client)
  {
    std::int64_t count = 0;
    for (const auto& day : store->queries().usage({client, false}, {"0000", "9999"}))
      count += day.submitted;
    return count;
  }
  // The clients of the next submissions, in order.
  std::string turns(std::size_t most, std::map<std::string, std::size_t> bounds = {})
  {
    std::string order;
    const auto work = submissions().advance(
        {.most_submissions = most, .most_of_clients = bounds, .allowance = std::chrono::seconds(5)},
        clock.now());
    for (const auto& each : work.submissions)
      order += operators->find(each.correlation)->client + " ";
    return order;
  }
  std::vector<std::string> events_of(const std::string& id)
  {
    std::vector<std::string> kinds;
    for (const model::Event& event : store->queries().events_after(0, 1'000))
      if (event.own_id == id || event.group == id) kinds.emplace_back(model::to_text(event.kind));
    return kinds;
  }
};

} // namespace postbackd::test::contract
