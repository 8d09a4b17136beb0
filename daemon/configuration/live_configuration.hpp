#pragma once

#include <memory>
#include <mutex>

#include "configuration/configuration.hpp"

namespace postbackd
{

// The reloadable part of the configuration as it is now. Thread-safe.
class LiveConfiguration
{
public:
  explicit LiveConfiguration(Reloadable first)
      : current_(std::make_shared<const Reloadable>(std::move(first)))
  {
  }

  std::shared_ptr<const Reloadable> get() const
  {
    const std::lock_guard lock(mutex_);
    return current_;
  }
  void set(Reloadable next)
  {
    auto replacement = std::make_shared<const Reloadable>(std::move(next));
    const std::lock_guard lock(mutex_);
    current_ = std::move(replacement);
  }

private:
  mutable std::mutex mutex_;
  std::shared_ptr<const Reloadable> current_;
};

} // namespace postbackd
