#pragma once

namespace postbackd::sqlite
{
}

// The engine is written in the words of lib/sqlite: Connection, translated.
namespace postbackd::store::sqlite
{
using namespace postbackd::sqlite;
}
