#pragma once

namespace postbackd::store::tables
{

// The condition that an event e is still needed: handlers have not been given it yet, or one of its
// deliveries is not finished.
constexpr auto event_is_open = R"(
  ((e.id > (SELECT CAST(value AS BIGINT) FROM settings WHERE name = 'routed') AND EXISTS (SELECT 1 FROM handlers WHERE active))
   OR EXISTS (SELECT 1 FROM deliveries d WHERE d.event_id = e.id AND d.state IN ('due', 'running', 'held'))))";

} // namespace postbackd::store::tables
