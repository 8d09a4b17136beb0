#pragma once

#include <string>

#include "model/submission.hpp"

namespace postbackd::model
{

// Returns 16 bytes that equal submissions share: those with the same api, the same datasets and the same
// parameters of q, whatever their order and their blanks. Of a doc{} only letters and digits count, so that
// 123.456.789-00 is 12345678900. A q of another form is compared as it is.
std::string fingerprint_of(const Submission& submission);

} // namespace postbackd::model
