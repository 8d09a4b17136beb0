#pragma once

#include <cstdint>
#include <iosfwd>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "store/operator_store.hpp"

// Records as rows for people, or as JSON.
namespace postbackd::ctl
{

using Value = std::variant<std::monostate, std::string, std::int64_t, bool>; // monostate: nothing

struct Cell {
  const char* name;
  Value value;
};
using Row = std::vector<Cell>;

// The columns have the names of the public views (docs/schema.md).
Row row_of(const store::QueryRecord& record);
// Those columns that fit a terminal, the label second.
Row short_row_of(const store::QueryRecord& record);
Row row_of(const store::PostbackRecord& record);
Row row_of(const store::DeliveryRecord& record);
Row row_of(const store::AttemptRecord& record);
Row row_of(const store::HandlerRecord& record);

// `{"name":value,…}`.
std::string to_json(const Row& row);

// Prints rows as they come, never all in memory: aligned columns, or one JSON array.
class TablePrinter
{
public:
  TablePrinter(std::ostream& out, bool json);
  ~TablePrinter();
  TablePrinter(const TablePrinter&) = delete;
  TablePrinter& operator=(const TablePrinter&) = delete;

  // Returns false when the reader has gone.
  bool print(const Row& row);

private:
  void print_header(const Row& row);

  std::ostream& out_;
  bool json_;
  std::optional<std::size_t> width_; // of the terminal: rows are cut there
  bool first_ = true;
};

} // namespace postbackd::ctl
