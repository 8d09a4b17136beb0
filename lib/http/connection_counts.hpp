#pragma once

#include <map>
#include <mutex>
#include <string>

namespace postbackd::http
{

// Counts the open connections of each address. Thread-safe; holds no address without a connection.
class ConnectionCounts
{
public:
  // Counts one more connection; returns false if the address already has `most`.
  bool add(const std::string& address, std::size_t most)
  {
    const std::lock_guard lock(mutex_);
    std::size_t& count = counts_[address];
    if (count >= most) return false;
    ++count;
    return true;
  }

  void remove(const std::string& address)
  {
    const std::lock_guard lock(mutex_);
    const auto found = counts_.find(address);
    if (--found->second == 0) counts_.erase(found);
  }

private:
  std::mutex mutex_;
  std::map<std::string, std::size_t> counts_;
};

} // namespace postbackd::http
