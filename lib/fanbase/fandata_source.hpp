#pragma once

#include <string>

#include "base/error.hpp"
#include "delivery/handler.hpp"

namespace postbackd::fanbase
{

// Where the members of an update_fandata come from (Update Fandata: cpf, id): `label`, `query_id`, or a path
// into the document such as `$.Result[0].BasicData.TaxIdNumber`.
struct FandataSource {
  std::string id; // empty: the action is another one
  std::string cpf;
};

// Reads `data_id` and `data_cpf` of a handler with this action. Throws base::Failure.
FandataSource fandata_of(const delivery::HandlerOptions& options, const std::string& action);

// Returns the data of a queue object: what an update_fandata takes of the delivery, or its whole document.
// Returns `invalid` if the source has nothing.
base::Result<std::string> data_of(const FandataSource& source, const delivery::Delivery& delivery);

} // namespace postbackd::fanbase
