#pragma once

#include <optional>
#include <string>

#include "model/event.hpp"
#include "store/query_store.hpp"

// The JSON documents of events that have no postback, as handlers are given them (docs/handlers.md). Pure: an
// engine reads the facts.
namespace postbackd::store
{

struct QueueObjectFacts {
  std::string id;
  std::string action;
  std::string request; // JSON as it came
};

struct AppEventFacts {
  std::string user_id;
  std::string event_name;
  std::optional<std::string> event_value;
  std::string event_date;
  std::string app_name;
  std::optional<std::string> document; // the user's, and its type; nothing: the user is gone
  std::optional<std::int64_t> document_type;
};

struct AlertFacts {
  std::string name;
  std::string handler; // empty: it is about none
  bool critical = false;
  std::string what;
  std::string began_at; // text
  std::optional<std::string> ended_at;
};

// Of a query that is overdue, failed, lost, closed or erased.
std::string document_of(const model::Event& event);
std::string document_of(const QueueObjectFacts& object);
std::string document_of(const AppEventFacts& event);
// Of the event at the beginning of the alert, or at its end.
std::string document_of(const AlertFacts& alert, bool began);
std::string document_of(const GroupRecord& group, std::int64_t given_up);

} // namespace postbackd::store
