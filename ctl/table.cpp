#include "table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <ostream>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/plain_text.hpp"
#include "text/json.hpp"
#include "text/time.hpp"

namespace postbackd::ctl
{
namespace
{

Value text(const std::string& text) { return text.empty() ? Value() : Value(text); }
Value word(std::string_view word) { return std::string(word); }
Value time(std::optional<base::TimePoint> time) { return time ? Value(text::format_time(*time)) : Value(); }
template<class Number>
Value number(std::optional<Number> number)
{
  return number ? Value(static_cast<std::int64_t>(*number)) : Value();
}

std::string shown(const Value& value)
{
  if (const auto* text = std::get_if<std::string>(&value)) return base::as_line(*text);
  if (const auto* number = std::get_if<std::int64_t>(&value)) return std::to_string(*number);
  if (const auto* flag = std::get_if<bool>(&value)) return *flag ? "yes" : "no";
  return "-";
}

std::size_t width_of(std::string_view column)
{
  if (column == "query_id" || column == "query") return 36;
  if (column == "label") return 25;
  if (column == "receipt") return 16;
  if (column.ends_with("_at")) return 24;
  return std::max<std::size_t>(column.size(), 11);
}

// Returns the columns of the terminal on standard output; nothing for a file or a pipe, which get whole rows.
std::optional<std::size_t> terminal_width()
{
  winsize size{};
  if (::isatty(STDOUT_FILENO) != 1 || ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0)
    return std::nullopt;
  return size.ws_col;
}

// Cuts UTF-8 at this many characters.
std::string cut(const std::string& line, std::size_t width)
{
  std::size_t characters = 0;
  for (std::size_t i = 0; i < line.size(); ++i)
    if ((line[i] & 0xC0) != 0x80 && ++characters > width) return line.substr(0, i);
  return line;
}

template<class Text>
void print_cells(std::ostream& out, const Row& row, std::optional<std::size_t> width, Text text_of)
{
  std::string line;
  for (const Cell& cell : row)
    line += fmt::format("{:<{}}  ", text_of(cell), width_of(cell.name));
  line.erase(line.find_last_not_of(' ') + 1);
  out << (width ? cut(line, *width) : line) << '\n';
}

} // namespace

Row row_of(const store::QueryRecord& q)
{
  return {{"id", text(q.id())},
          {"query_id", text(q.query_id)},
          {"state", word(model::to_text(q.state))},
          {"status", text(q.status)},
          {"created_at", time(q.created_at)},
          {"deadline_at", time(q.deadline_at)},
          {"answered_at", time(q.answered_at)},
          {"receipt", number(q.receipt)},
          {"api", text(q.api)},
          {"datasets", text(q.datasets)},
          {"key", text(q.key)},
          {"metadata", text(q.metadata)},
          {"group", text(q.group)},
          {"client", text(q.client)},
          {"correlation", text(q.correlation)},
          {"code", number(q.code)},
          {"message", text(q.message)},
          {"closed_at", time(q.closed_at)},
          {"reason", text(q.reason)},
          {"served_from", text(q.served_from)},
          {"erased_at", time(q.erased_at)},
          {"label", text(q.label)}};
}

Row short_row_of(const store::QueryRecord& q)
{
  constexpr std::size_t longest_label = 24;
  const std::string label = base::as_line(q.label);
  const std::string shown = cut(label, longest_label);
  return {{"query", text(q.query_id.empty() ? q.id() : q.query_id)},
          {"label", text(shown.size() < label.size() ? shown + "…" : shown)},
          {"state", word(model::to_text(q.state))},
          {"status", text(q.status)},
          {"created_at", time(q.created_at)},
          {"deadline_at", time(q.deadline_at)},
          {"answered_at", time(q.answered_at)}};
}

Row row_of(const store::PostbackRecord& p)
{
  return {{"receipt", p.receipt},
          {"received_at", time(p.received_at)},
          {"kept_at", time(p.kept_at)},
          {"route", text(p.route)},
          {"remote", text(p.remote)},
          {"kind", word(model::to_text(p.kind))},
          {"query_id", text(p.query_id)},
          {"status", text(p.status)},
          {"content_type", text(p.content_type)},
          {"content_encoding", text(p.content_encoding)},
          {"charset", text(p.charset)},
          {"bytes", p.bytes},
          {"sha256", text(p.sha256)},
          {"repeats", p.repeats},
          {"repeated_at", time(p.repeated_at)},
          {"source", word(model::to_text(p.source))},
          {"correlation", text(p.correlation)},
          {"label", text(p.label)},
          {"problem", text(p.problem)}};
}

Row row_of(const store::DeliveryRecord& d)
{
  return {{"delivery_id", d.id},
          {"handler", text(d.handler)},
          {"event", word(model::to_text(d.event))},
          {"id", text(d.own_id)},
          {"query_id", text(d.query_id)},
          {"state", word(model::to_text(d.state))},
          {"attempts", std::int64_t{d.attempts}},
          {"next_attempt_at", time(d.next_attempt_at)},
          {"created_at", time(d.created_at)},
          {"done_at", time(d.done_at)},
          {"receipt", number(d.receipt)},
          {"idempotency_key", text(d.idempotency_key)},
          {"label", text(d.label)},
          {"last_error", text(d.last_error)},
          {"dismissed_at", time(d.dismissed_at)},
          {"reason", text(d.reason)}};
}

Row row_of(const store::AttemptRecord& a)
{
  return {{"delivery_id", a.delivery},
          {"handler", text(a.handler)},
          {"attempt", std::int64_t{a.attempt}},
          {"started_at", time(a.started_at)},
          {"finished_at", time(a.finished_at)},
          {"outcome", a.outcome ? word(model::to_text(*a.outcome)) : Value()},
          {"detail", text(a.detail)}};
}

Row row_of(const store::HandlerRecord& h)
{
  return {{"name", text(h.name)},
          {"kind", text(h.kind)},
          {"circuit", word(h.open ? "open" : "closed")},
          {"failures", std::int64_t{h.failures}},
          {"open_until", time(h.open_until)},
          {"backlog", h.backlog},
          {"oldest_at", time(h.oldest_at)},
          {"active", h.active}};
}

std::string to_json(const Row& row)
{
  text::JsonWriter writer;
  writer.begin_object();
  for (const Cell& cell : row) {
    writer.key(cell.name);
    if (const auto* text = std::get_if<std::string>(&cell.value))
      writer.string(*text);
    else if (const auto* number = std::get_if<std::int64_t>(&cell.value))
      writer.number(*number);
    else if (const auto* flag = std::get_if<bool>(&cell.value))
      writer.boolean(*flag);
    else
      writer.null();
  }
  writer.end_object();
  return std::string(writer.text());
}

TablePrinter::TablePrinter(std::ostream& out, bool json) : out_(out), json_(json), width_(terminal_width())
{
  if (json_) out_ << '[';
}

TablePrinter::~TablePrinter()
{
  if (json_) out_ << (first_ ? "]\n" : "\n]\n");
}

bool TablePrinter::print(const Row& row)
{
  if (json_) {
    out_ << (first_ ? "\n" : ",\n") << to_json(row);
  } else {
    if (first_) print_header(row);
    print_cells(out_, row, width_, [](const Cell& cell) { return shown(cell.value); });
  }
  first_ = false;
  return out_.good();
}

void TablePrinter::print_header(const Row& row)
{
  print_cells(out_, row, width_, [](const Cell& cell) { return std::string(cell.name); });
}

} // namespace postbackd::ctl
