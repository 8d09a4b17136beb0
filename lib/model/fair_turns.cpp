#include "model/fair_turns.hpp"

#include <algorithm>

namespace postbackd::model
{
namespace
{

// Returns the smallest value after `last`, or the smallest of all.
template<class T>
T following(const std::vector<T>& values, const T& last)
{
  const T* first = &values.front();
  const T* next = nullptr;
  for (const T& value : values) {
    if (value < *first) first = &value;
    if (last < value && (!next || value < *next)) next = &value;
  }
  return next ? *next : *first;
}

} // namespace

std::size_t FairTurns::next(const std::vector<Lane>& lanes)
{
  std::vector<std::string> clients;
  for (const Lane& lane : lanes)
    clients.push_back(lane.client);
  last_client_ = following(clients, last_client_);
  std::erase_if(last_lanes_, [&clients](const auto& last) {
    return std::find(clients.begin(), clients.end(), last.first) == clients.end();
  });
  std::vector<std::int64_t> own;
  for (const Lane& lane : lanes)
    if (lane.client == last_client_) own.push_back(lane.id);
  std::int64_t& last = last_lanes_[last_client_];
  last = following(own, last);
  const auto is_next = [&](const Lane& lane) { return lane.client == last_client_ && lane.id == last; };
  return static_cast<std::size_t>(std::find_if(lanes.begin(), lanes.end(), is_next) - lanes.begin());
}

} // namespace postbackd::model
