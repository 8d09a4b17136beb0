#pragma once

#include "base/clock.hpp"
#include "model/submission.hpp"
#include "text/json_document.hpp"

namespace postbackd::model
{

// Reads {"api", "datasets", "q"} and optionally "label", "key" and "deadline" (`"10m"`, or a
// time after `now`; default: `deadline`). Other members and other types are errors.
// Throws base::Failure (invalid) with a message that names the member.
Submission read_submission(const text::JsonNode& object, std::chrono::seconds deadline, base::TimePoint now);

} // namespace postbackd::model
