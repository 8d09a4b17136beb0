#pragma once

namespace postbackd::store::tables
{

// Empties the bodies whose rows match the condition that follows. Their pieces, if there are some, are
// somebody else's to delete. (schema/*/6_matching.sql does the same for a query that was erased before.)
constexpr auto empty_body_sql =
    "UPDATE bodies SET raw = x'', json = NULL, raw_pieces = NULL, json_pieces = NULL WHERE ";

} // namespace postbackd::store::tables
