#include "store/object_step.hpp"

namespace postbackd::store
{
namespace
{

using model::QueryState;

// Bounds the wait for a submission that the platform does not accept, or a log that cannot be read.
constexpr std::chrono::hours longest_wait{24};

bool is_update(const ObjectFacts& facts) { return facts.action == "update_fandata"; }

// Its query is gone, or has waited too long for something that may never come.
bool is_given_up(const ObjectFacts& facts, base::TimePoint now)
{
  if (!facts.asks) return false;
  if (!facts.query) return true;
  const bool waits = *facts.query == QueryState::queued || *facts.query == QueryState::recovering ||
                     *facts.query == QueryState::overdue || *facts.query == QueryState::notified;
  return waits && facts.created_at < now - longest_wait;
}

// Returns why it has failed, or nothing.
std::optional<std::string> failure_of(const ObjectFacts& facts, base::TimePoint now)
{
  if (facts.query == QueryState::failed) return "Consulta recusada: " + facts.said_by_platform;
  if (facts.query == QueryState::lost || facts.query == QueryState::closed)
    return "Consulta sem resultado: " + facts.said_by_platform;
  if (is_given_up(facts, now)) return "Sem resposta da plataforma: " + facts.said_by_platform;
  if (facts.has_dead) return facts.refusal.value_or("Falha na entrega");
  if (!facts.asks && is_update(facts) && facts.is_routed && !facts.is_taken) return facts.reason;
  return std::nullopt;
}

} // namespace

ObjectNext next_of(const ObjectFacts& facts, base::TimePoint now)
{
  if (const auto failure = failure_of(facts, now)) return {ObjectState::failed, *failure};
  if ((!facts.asks || facts.has_result) && facts.is_routed && !facts.has_unfinished)
    return {ObjectState::completed, facts.said.value_or(is_update(facts) ? "Dados atualizados com sucesso"
                                                                         : "Processamento concluído")};
  if (facts.has_begun || (facts.query && *facts.query != QueryState::queued))
    return {ObjectState::processing, ""};
  return {facts.state, ""};
}

} // namespace postbackd::store
