#include <boost/test/unit_test.hpp>

#include "model/event.hpp"

using namespace postbackd;
using model::Event;
using model::EventKind;
using model::EventMatch;

namespace
{

Event result()
{
  Event event;
  event.label = "mine";
  event.api = "people";
  event.datasets = "basic_data, phones";
  event.status = "ok";
  event.route = "/postback";
  return event;
}

constexpr EventKind all_kinds[] = {EventKind::result,        EventKind::notice,         EventKind::overdue,
                                   EventKind::recovered,     EventKind::late,           EventKind::failed,
                                   EventKind::lost,          EventKind::closed,         EventKind::unmatched,
                                   EventKind::ticket_create, EventKind::update_fandata, EventKind::app_event};

} // namespace

BOOST_AUTO_TEST_SUITE(event)

BOOST_AUTO_TEST_CASE(each_kind_has_one_word)
{
  for (const EventKind kind : all_kinds)
    BOOST_TEST((model::event_kind_of(model::to_text(kind)) == kind));
  BOOST_TEST(!model::event_kind_of("Result").has_value());
}

BOOST_AUTO_TEST_CASE(without_kinds_results_match_however_they_came)
{
  for (const EventKind kind : all_kinds) {
    Event event = result();
    event.kind = kind;
    const bool matches = kind == EventKind::result || kind == EventKind::recovered || kind == EventKind::late;
    BOOST_TEST(EventMatch().matches(event) == matches, model::to_text(kind));
    EventMatch notices;
    notices.kinds = {EventKind::notice};
    BOOST_TEST(notices.matches(event) == (kind == EventKind::notice), model::to_text(kind));
  }
}

BOOST_AUTO_TEST_CASE(every_condition_must_hold_by_one_of_its_values)
{
  const std::pair<std::vector<std::string> EventMatch::*, std::string> conditions[] = {
      {&EventMatch::routes, "/postback"}, {&EventMatch::apis, "people"}, {&EventMatch::datasets, "phones"},
      {&EventMatch::labels, "mine"},      {&EventMatch::statuses, "ok"},
  };
  EventMatch all;
  for (const auto& [member, value] : conditions) {
    EventMatch one;
    one.*member = {"other", value};
    BOOST_TEST(one.matches(result()), value);
    one.*member = {"other"};
    BOOST_TEST(!one.matches(result()), value);
    all.*member = {value};
  }
  BOOST_TEST(all.matches(result()));
  all.labels = {"other"};
  BOOST_TEST(!all.matches(result()));
}

BOOST_AUTO_TEST_CASE(objects_and_app_events_match_only_by_their_name)
{
  Event object;
  object.kind = EventKind::ticket_create;
  object.action = "ticket-create";
  Event app = object;
  app.kind = EventKind::app_event;
  app.event_name = "login";
  EventMatch actions;
  actions.actions = {"ticket-create"};
  EventMatch any_app_event;
  any_app_event.event_names = {"*"};
  BOOST_TEST(actions.matches(object));
  BOOST_TEST(!actions.matches(app));
  BOOST_TEST(!actions.matches(result()));
  BOOST_TEST(any_app_event.matches(app));
  BOOST_TEST(!any_app_event.matches(object));
  any_app_event.event_names = {"logout"};
  BOOST_TEST(!any_app_event.matches(app));
}

BOOST_AUTO_TEST_SUITE_END()
