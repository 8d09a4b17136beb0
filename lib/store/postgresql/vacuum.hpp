#pragma once

#include "postgresql/options.hpp"

namespace postbackd::store::postgresql
{

// Frees what an erasure has touched: afterwards no page of a table of this database has the bytes, unless a
// transaction that began before is still open. The WAL, its archive, replicas' files and backups are not
// reached. Throws base::Failure.
void vacuum_erased(postbackd::postgresql::ConnectionOptions options);

} // namespace postbackd::store::postgresql
