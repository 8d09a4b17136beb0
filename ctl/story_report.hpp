#pragma once

#include <iosfwd>

#include "store/operator_store.hpp"

namespace postbackd::ctl
{

// Prints the whole story of a query for people: registered or submitted, received, delivered, with every
// attempt.
void print_story(std::ostream& out, const store::Story& story);

// Prints the same as one JSON object: `{"query":{…}|null,"postbacks":[…],"deliveries":[…],"attempts":[…]}`.
void print_story_json(std::ostream& out, const store::Story& story);

} // namespace postbackd::ctl
