#pragma once

#include <string>
#include <vector>

#include "store/watch_store.hpp"

namespace postbackd::admin
{

struct Status;

// Something that an operator should look at; `what` says what to do about it.
struct Problem : store::Alert {
  std::string detail{}; // a handler's own words, perhaps about a person: shown, and kept nowhere
  std::string text() const { return detail.empty() ? what : what + ": " + detail; }
};

// What this process sees of itself: what it refuses, its certificate, its configuration, its disk.
std::vector<Problem> problems_of_process(const Status& status);
// What every process sees in the store.
std::vector<Problem> problems_of_store(const Status& status);
// Both, and the open alerts of the other processes of the store; the critical ones first. All three are pure.
std::vector<Problem> problems_of(const Status& status);

} // namespace postbackd::admin
