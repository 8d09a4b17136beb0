#include "query_report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <ostream>

#include "text/json.hpp"

namespace postbackd
{
namespace
{

using store::sqlite::Row;
using store::sqlite::Rows;

// A row by the names of its columns.
class Named
{
public:
  Named(const std::vector<std::string>& columns, const Row& row) : columns_(columns), row_(row) {}

  std::string operator[](std::string_view name) const
  {
    const auto column = std::find(columns_.begin(), columns_.end(), name);
    if (column == columns_.end()) return "-";
    return row_[static_cast<std::size_t>(column - columns_.begin())].value_or("-");
  }
  bool has(std::string_view name) const { return (*this)[name] != "-"; }

private:
  const std::vector<std::string>& columns_;
  const Row& row_;
};

void print_query(std::ostream& out, const Named& query)
{
  out << fmt::format("query       {}\nstate       {}\n", query["query_id"], query["state"]);
  for (const char* name : {"label", "api", "datasets", "correlation"})
    if (query.has(name)) out << fmt::format("{:<12}{}\n", name, query[name]);
  out << fmt::format("registered  {}\ndeadline    {}\n", query["created_at"], query["deadline_at"]);
  if (query.has("answered_at"))
    out << fmt::format("answered    {} by postback {}\n", query["answered_at"], query["receipt"]);
}

void print_postback(std::ostream& out, const Named& postback)
{
  out << fmt::format("\npostback    {}\nverdict     {}, status {}\n", postback["receipt"], postback["kind"],
                     postback["status"]);
  if (postback.has("problem")) out << fmt::format("problem     {}\n", postback["problem"]);
  out << fmt::format("received    {} from {} on {}\ncommitted   {}\n", postback["received_at"],
                     postback["remote"], postback["route"], postback["kept_at"]);
  out << fmt::format("body        {} bytes, {}, charset {}\nsha256      {}\n", postback["bytes"],
                     postback["content_type"], postback["charset"], postback["sha256"]);
  if (postback["repeats"] != "0")
    out << fmt::format("repeats     {}, the last {}\n", postback["repeats"], postback["repeated_at"]);
}

void write_row(text::JsonWriter& writer, const std::vector<std::string>& columns, const Row& row)
{
  writer.begin_object();
  for (std::size_t i = 0; i < row.size(); ++i) {
    writer.key(columns[i]);
    row[i] ? writer.string(*row[i]) : writer.null();
  }
  writer.end_object();
}

class TablePrinter
{
public:
  explicit TablePrinter(std::ostream& out) : out_(out) {}

  void header(const std::vector<std::string>& columns)
  {
    columns_ = columns;
    for (const std::string& name : columns_)
      out_ << fmt::format("{:<{}}  ", name, width(name));
    out_ << '\n';
  }

  bool row(const Row& row)
  {
    for (std::size_t i = 0; i < row.size(); ++i)
      out_ << fmt::format("{:<{}}  ", row[i].value_or("-"), width(columns_[i]));
    out_ << '\n';
    return out_.good();
  }

private:
  static std::size_t width(const std::string& column)
  {
    if (column == "query_id") return 36;
    if (column == "receipt") return 19;
    if (column.ends_with("_at")) return 24;
    return std::max<std::size_t>(column.size(), 11);
  }

  std::ostream& out_;
  std::vector<std::string> columns_;
};

class JsonPrinter
{
public:
  explicit JsonPrinter(std::ostream& out) : out_(out) { out_ << '['; }
  ~JsonPrinter() { out_ << (first_ ? "]\n" : "\n]\n"); }

  void header(const std::vector<std::string>& columns) { columns_ = columns; }

  bool row(const Row& row)
  {
    text::JsonWriter writer;
    write_row(writer, columns_, row);
    out_ << (first_ ? "\n" : ",\n") << writer.text();
    first_ = false;
    return out_.good();
  }

private:
  std::ostream& out_;
  bool first_ = true;
  std::vector<std::string> columns_;
};

template<class Printer>
void print_with(Printer printer, SQLite::Database& database, store::sqlite::Listing listing)
{
  store::sqlite::list(
      database, listing, [&printer](const auto& columns) { printer.header(columns); },
      [&printer](const Row& row) { return printer.row(row); });
}

template<class Printer>
void print_rows_with(Printer printer, const Rows& rows)
{
  printer.header(rows.columns);
  for (const Row& row : rows.rows)
    if (!printer.row(row)) return;
}

} // namespace

void print_rows(std::ostream& out, const Rows& rows, bool json)
{
  if (json)
    print_rows_with(JsonPrinter(out), rows);
  else
    print_rows_with(TablePrinter(out), rows);
}

void print_story(std::ostream& out, const Rows& query, const Rows& postbacks)
{
  if (query.rows.empty()) out << "query       not registered\n";
  for (const Row& row : query.rows)
    print_query(out, Named(query.columns, row));
  if (postbacks.rows.empty()) out << "\nno postback yet\n";
  for (const Row& row : postbacks.rows)
    print_postback(out, Named(postbacks.columns, row));
}

void print_story_json(std::ostream& out, const Rows& query, const Rows& postbacks)
{
  text::JsonWriter writer;
  writer.begin_object().key("query");
  if (query.rows.empty())
    writer.null();
  else
    write_row(writer, query.columns, query.rows.front());
  writer.key("postbacks").begin_array();
  for (const Row& row : postbacks.rows)
    write_row(writer, postbacks.columns, row);
  writer.end_array().end_object();
  out << writer.text() << '\n';
}

void print_list(std::ostream& out, SQLite::Database& database, store::sqlite::Listing listing, bool json)
{
  if (json)
    print_with(JsonPrinter(out), database, listing);
  else
    print_with(TablePrinter(out), database, listing);
}

} // namespace postbackd
