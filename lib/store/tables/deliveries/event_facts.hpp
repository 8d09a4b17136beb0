#pragma once

#include <string>

#include "model/event.hpp"
#include "sql/database.hpp"

namespace postbackd::store::tables
{

// Returns the document of an event about an object: of the Fanbase queue, an app event, an alert or a group.
// Throws base::Failure `not_found` if that has been deleted.
std::string describe_object(sql::Database& database, const model::Event& event);

} // namespace postbackd::store::tables
