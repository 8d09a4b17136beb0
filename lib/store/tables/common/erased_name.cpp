#include "store/tables/common/erased_name.hpp"

#include "base/ascii.hpp"
#include "base/digest.hpp"

namespace postbackd::store::tables
{

std::string erased_name(const std::string& store_id, const std::string& name)
{
  constexpr std::size_t digits = 32; // 128 bits
  return "erased-" + base::to_hex(base::sha256(store_id + " " + base::lower(name))).substr(0, digits);
}

} // namespace postbackd::store::tables
