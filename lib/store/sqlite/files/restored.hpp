#pragma once

#include <filesystem>

#include "base/clock.hpp"

namespace postbackd::store::sqlite
{

// Notes in a copy that it is put in the place of a store: what was queued when it was made is looked for in
// the platform's log before it is sent, and a new era begins (eras.hpp). Throws base::Failure.
void mark_restored(const std::filesystem::path& copy, base::TimePoint now);

} // namespace postbackd::store::sqlite
