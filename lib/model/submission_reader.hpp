#pragma once

#include "model/submission.hpp"
#include "text/json_document.hpp"

namespace postbackd::model
{

// Reads {"api", "datasets", "q"} and perhaps "label", "key", "deadline" (`"10m"`; else the one given). Throws
// base::Failure (invalid) with a sentence that names the member.
Submission read_submission(const text::JsonNode& object, std::chrono::seconds deadline);

} // namespace postbackd::model
