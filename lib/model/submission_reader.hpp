#pragma once

#include "model/submission.hpp"
#include "text/json_document.hpp"

namespace postbackd::model
{

// Reads {"api", "datasets", "q"} and optionally "label", "key" and "deadline" (`"10m"`; default: `deadline`).
// Throws base::Failure (invalid) with a message that names the member.
Submission read_submission(const text::JsonNode& object, std::chrono::seconds deadline);

} // namespace postbackd::model
