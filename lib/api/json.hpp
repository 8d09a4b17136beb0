#pragma once

#include <string>

#include "model/event.hpp"
#include "store/delivery_control.hpp"
#include "store/query_store.hpp"
#include "store/story.hpp"
#include "store/watch_store.hpp"

// docs/openapi.yaml has the schemas. Absent facts have no member.
namespace postbackd::api
{

std::string to_json(const store::QueryRecord& query);
std::string to_json(const model::Event& event);
std::string to_json(const store::GroupRecord& group);
std::string to_json(const store::UsageRecord& usage);
std::string to_json(const store::DeliveryRecord& delivery);
std::string to_json(const store::HandlerRecord& handler, const std::string& target);
// Of each part the newest; `complete` tells whether there are more.
constexpr std::size_t most_records_of_story = 500;
std::string to_json(const store::Story& story);
std::string to_json(const store::AlertRecord& alert);
std::string to_json(const store::AccessRecord& access);
std::string to_json(const store::ObjectRecord& object);
std::string to_json(const store::RefusalCount& refusal);
std::string to_json(const store::DayCounts& day);

} // namespace postbackd::api
