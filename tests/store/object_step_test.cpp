// What becomes of an object of the Fanbase queue.
#include <boost/test/unit_test.hpp>

#include "store/object_step.hpp"

using namespace postbackd;
using namespace std::chrono_literals;
using model::QueryState;
using store::ObjectFacts;
using store::ObjectState;

namespace
{

const base::TimePoint now{1'800'000'000'000ms};

ObjectFacts ticket()
{
  ObjectFacts facts;
  facts.action = "ticket-create";
  facts.created_at = now;
  facts.reason = "no handler takes it";
  return facts;
}

// One that asks the platform.
ObjectFacts update(std::optional<QueryState> query)
{
  ObjectFacts facts = ticket();
  facts.action = "update_fandata";
  facts.asks = true;
  facts.query = query;
  facts.said_by_platform = "said";
  return facts;
}

ObjectFacts with(ObjectFacts facts, void (*change)(ObjectFacts&))
{
  change(facts);
  return facts;
}

} // namespace

BOOST_AUTO_TEST_SUITE(object_step)

BOOST_AUTO_TEST_CASE(each_combination_has_its_state_and_its_message)
{
  const auto routed = [](ObjectFacts& f) { f.is_routed = f.is_taken = true; };
  struct Row {
    const char* what;
    ObjectFacts facts;
    ObjectState state;
    const char* message;
  };
  const Row table[] = {
      {"new", ticket(), ObjectState::pending, ""},
      {"without a handler a ticket is done", with(ticket(), [](ObjectFacts& f) { f.is_routed = true; }),
       ObjectState::completed, "Processamento concluído"},
      {"waits for a handler",
       with(ticket(), [](ObjectFacts& f) { f.is_routed = f.is_taken = f.has_unfinished = true; }),
       ObjectState::pending, ""},
      {"a handler has tried",
       with(ticket(),
            [](ObjectFacts& f) { f.is_routed = f.is_taken = f.has_unfinished = f.has_begun = true; }),
       ObjectState::processing, ""},
      {"a handler is done", with(ticket(), routed), ObjectState::completed, "Processamento concluído"},
      {"and has said so",
       with(ticket(), [](ObjectFacts& f) { f.is_routed = f.is_taken = true, f.said = "feito"; }),
       ObjectState::completed, "feito"},
      {"a handler has given up", with(ticket(), [](ObjectFacts& f) { f.is_routed = f.has_dead = true; }),
       ObjectState::failed, "Falha na entrega"},
      {"and has said why",
       with(ticket(), [](ObjectFacts& f) { f.has_dead = true, f.refusal = "sem estoque"; }),
       ObjectState::failed, "sem estoque"},
      {"an update that nobody takes",
       with(update({}), [](ObjectFacts& f) { f.asks = false, f.is_routed = true; }), ObjectState::failed,
       "no handler takes it"},
      {"asked, not yet sent", update(QueryState::queued), ObjectState::pending, ""},
      {"asked", update(QueryState::pending), ObjectState::processing, ""},
      {"refused", update(QueryState::failed), ObjectState::failed, "Consulta recusada: said"},
      {"lost", update(QueryState::lost), ObjectState::failed, "Consulta sem resultado: said"},
      {"closed", update(QueryState::closed), ObjectState::failed, "Consulta sem resultado: said"},
      {"its query was deleted", update({}), ObjectState::failed, "Sem resposta da plataforma: said"},
      {"waits for a day", with(update(QueryState::overdue), [](ObjectFacts& f) { f.created_at = now - 24h; }),
       ObjectState::processing, ""},
      {"waits for longer",
       with(update(QueryState::overdue), [](ObjectFacts& f) { f.created_at = now - 25h; }),
       ObjectState::failed, "Sem resposta da plataforma: said"},
      {"answered, not yet handed over", update(QueryState::answered), ObjectState::processing, ""},
      {"answered, and nobody wants it",
       with(update(QueryState::answered), [](ObjectFacts& f) { f.has_result = f.is_routed = true; }),
       ObjectState::completed, "Dados atualizados com sucesso"},
      {"answered, a handler works on it",
       with(update(QueryState::answered),
            [](ObjectFacts& f) { f.has_result = f.is_routed = f.has_unfinished = true; }),
       ObjectState::processing, ""},
  };
  for (const Row& row : table) {
    const store::ObjectNext next = store::next_of(row.facts, now);
    BOOST_TEST(store::to_text(next.state) == store::to_text(row.state), row.what);
    BOOST_TEST(next.message == row.message, row.what);
  }
}

BOOST_AUTO_TEST_SUITE_END()
