#include "store/fanbase_store.hpp"

#include "base/words.hpp"

namespace postbackd::store
{
namespace
{

constexpr base::Words<ObjectState, 4> states{{"pending", "processing", "completed", "failed"}};

} // namespace

std::string_view to_text(ObjectState state) { return states.text(state); }
std::optional<ObjectState> object_state_of(std::string_view text) { return states.parse(text); }

} // namespace postbackd::store
