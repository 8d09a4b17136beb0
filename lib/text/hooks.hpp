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
  std::string name; // web, postbacksecret, authorizationkey, authorizationtoken, authorizationmethod, email
  std::string value;
};

// Returns whether a value may contain this character: a letter, a digit or one of `. _ ~ : / ? = & - [ ]`.
// How to escape `{ } ,` in a value is documented nowhere.
bool is_hooks_character(char c);

// Throws base::Failure (invalid) with a message for users if a value is empty or has any other character.
std::string write_hooks(const std::vector<Hook>& hooks);

// Returns the hooks in order, with names in lower case. Returns an error if the text does not have this form,
// a name is unknown or occurs twice, both `web` and `email` are missing, `web` is not an http(s) URL, or only
// one of authorizationkey and authorizationtoken is given.
base::Result<std::vector<Hook>> parse_hooks(std::string_view text);

// Returns the value of this name, or an empty text.
std::string_view find_hook(const std::vector<Hook>& hooks, std::string_view name);

} // namespace postbackd::text
