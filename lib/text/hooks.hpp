#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"

// The grammar of the platform's `hooks` parameter (asynchronous calls, "Funcionamento" and the additional
// parameters): `name{value}, name{value}`.
namespace postbackd::text
{

struct Hook {
  std::string name; // web, postbacksecret, authorizationkey, authorizationtoken, authorizationmethod
  std::string value;
};

// Whether a value may have this character: letters, digits and `. _ ~ : / ? = & - [ ]`. How a value would
// escape
// `{ } ,` is documented nowhere.
bool is_hooks_character(char c);

// Throws base::Failure (invalid) with a sentence for people for any other.
std::string write_hooks(const std::vector<Hook>& hooks);

// Names in lower case, in order. An error when it is not of this form, a name is unknown or twice there,
// `web` is missing or no http(s) URL, or a key comes without its token.
base::Result<std::vector<Hook>> parse_hooks(std::string_view text);

// The value of this name, or empty.
std::string_view find_hook(const std::vector<Hook>& hooks, std::string_view name);

} // namespace postbackd::text
