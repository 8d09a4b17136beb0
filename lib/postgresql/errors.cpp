#include "postgresql/errors.hpp"

#include <fmt/format.h>

namespace postbackd::postgresql
{
namespace
{

std::string field_of(const PGresult* result, int field)
{
  const char* const text = PQresultErrorField(result, field);
  return text ? text : "";
}

} // namespace

std::string trimmed(const char* text)
{
  std::string line = text ? text : "";
  while (!line.empty() && (line.back() == '\n' || line.back() == ' '))
    line.pop_back();
  return line;
}

base::Error to_error(const PGresult* result)
{
  const std::string state = field_of(result, PG_DIAG_SQLSTATE);
  const std::string hint = field_of(result, PG_DIAG_MESSAGE_HINT);
  const std::string message = field_of(result, PG_DIAG_MESSAGE_PRIMARY);
  const bool refused = state.starts_with("22") || state.starts_with("23");
  return {refused                ? base::Errc::invalid
          : state == moved_state ? base::Errc::fatal
                                 : base::Errc::unavailable,
          fmt::format("PostgreSQL: {} ({}){}{}",
                      message.empty() ? trimmed(PQresultErrorMessage(result)) : message,
                      state.empty() ? "no SQLSTATE" : state, hint.empty() ? "" : ". ", hint)};
}

} // namespace postbackd::postgresql
