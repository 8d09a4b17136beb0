#include "command.hpp"

#include "text/time.hpp"

namespace postbackd::ctl
{

std::unique_ptr<store::OperatorStore> open_store(const Configuration& configuration, store::Access access)
{
  const Fixed::Store& store = configuration.fixed.store;
  return store::open_operator(store.path, store.busy_timeout, access);
}

std::optional<std::chrono::milliseconds> duration_of(const std::optional<std::string>& deadline)
{
  if (!deadline) return std::nullopt;
  const auto duration = text::parse_duration(*deadline);
  if (!duration)
    throw base::Failure(base::Errc::invalid,
                        "--deadline: '" + *deadline + "' is not a duration (30s, 10m, 2h, 5d)");
  return duration;
}

} // namespace postbackd::ctl
