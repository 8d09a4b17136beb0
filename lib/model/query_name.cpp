#include "model/query_name.hpp"

#include "model/correlation.hpp"

namespace postbackd::model
{

QueryName query_name_of(const std::string& text)
{
  if (is_correlation(text)) return Correlation{text};
  return QueryId{text};
}

} // namespace postbackd::model
