#pragma once

#include "http/response.hpp"
#include "model/submission.hpp"

namespace postbackd::api
{

// Returns the answer to a submission that its client's budget does not allow, with the time when it opens:
// the next midnight, or the next month, of UTC.
http::Response over_budget(model::Budget::Exceeded exceeded, base::TimePoint now);

} // namespace postbackd::api
