#include "api/line_stream.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <fmt/format.h>

#include "api/problem.hpp"
#include "text/json.hpp"
#include "text/time.hpp"

namespace postbackd::api
{
namespace
{

namespace asio = boost::asio;
using asio::awaitable;

constexpr std::size_t longest_line = 64 << 10;
constexpr std::size_t most_lines = 200;    // in a transaction, so that no postback waits long
constexpr std::size_t most_steps = 2'000;  // also if they are blank, so that nobody else waits long
constexpr std::size_t most_groups = 1'000; // whose end waits for the last line

std::string answer_of(std::int64_t number, unsigned status, const std::string& detail,
                      const std::string& field = {})
{
  text::JsonWriter writer;
  writer.begin_object().key("line").number(number).key("status").number(status);
  writer.key("detail").string(detail);
  if (!field.empty()) writer.key("field").string(field);
  writer.end_object();
  return std::string(writer.text()) + "\n";
}

std::string answer_of(std::int64_t number, const store::Enqueued& entered, bool waits_for_platform)
{
  using Exceeded = model::Budget::Exceeded;
  if (entered.exceeded != Exceeded::none)
    return answer_of(number, 429,
                     entered.exceeded == Exceeded::day ? "the client has submitted what per_day allows"
                                                       : "the client has submitted what per_month allows");
  if (!entered.belongs_to_another.empty())
    return answer_of(number, 409, "it belongs to a different query", std::string(entered.belongs_to_another));
  const unsigned status = !entered.is_new ? 200 : waits_for_platform && !entered.is_answered ? 202 : 201;
  text::JsonWriter writer;
  writer.begin_object().key("line").number(number).key("status").number(status);
  writer.key("id").string(entered.correlation).end_object();
  return std::string(writer.text()) + "\n";
}

} // namespace

LineStream::LineStream(Dependencies dependencies, std::shared_ptr<Client> client, http::Request request)
    : dependencies_(std::move(dependencies)), client_(std::move(client)), request_(std::move(request)),
      trace_(trace_of(request_)), reader_(request_.body)
{
}

bool LineStream::is_over() const { return *client_->revoked || request_.caller_has_left(); }

awaitable<std::string> LineStream::next()
{
  while (!failed_ && !is_over()) {
    std::vector<Line> lines = read_lines();
    if (!lines.empty()) co_return co_await enter(lines);
    if (at_end_ && at_ == rest_.size()) break;
    // Nothing but blanks: others go first.
    const auto executor = co_await asio::this_coro::executor;
    co_await asio::post(executor, asio::use_awaitable);
  }
  if (!failed_) co_await end();
  co_return std::string();
}

std::vector<LineStream::Line> LineStream::read_lines()
{
  std::vector<Line> lines;
  for (std::size_t steps = 0; steps < most_steps && lines.size() < most_lines; ++steps) {
    std::optional<std::string> text;
    if (!advance(text)) break;
    if (!text) continue;
    ++number_;
    if (text->find_first_not_of(" \t\r") != std::string::npos) lines.push_back(read(std::move(*text)));
  }
  return lines;
}

// Takes a line, or reads a piece of the body. Returns false at the end. A line that is too long is given with
// its beginning, which is not JSON.
bool LineStream::advance(std::optional<std::string>& line)
{
  const std::size_t end = rest_.find('\n', at_);
  if (end != std::string::npos) {
    if (!std::exchange(skipping_, false)) line = rest_.substr(at_, end - at_);
    at_ = end + 1;
    return true;
  }
  rest_.erase(0, at_);
  at_ = 0;
  if (skipping_) rest_.clear();
  if (rest_.size() > longest_line) {
    skipping_ = true;
    line = std::exchange(rest_, {});
    return true;
  }
  if (at_end_) {
    if (rest_.empty()) return false;
    line = std::exchange(rest_, {});
    return true;
  }
  const std::string_view piece = reader_.next();
  at_end_ = piece.empty();
  rest_ += piece;
  return true;
}

LineStream::Line LineStream::read(std::string text)
{
  Line line{.number = number_, .answer = {}, .order = std::nullopt};
  try {
    if (text.size() > longest_line) throw BadRequest(fmt::format("expected at most {} bytes", longest_line));
    line.order = order_of(std::move(text));
  } catch (const BadRequest& e) {
    line.answer = answer_of(number_, e.status(), e.what(), e.field());
  }
  return line;
}

LineStream::Order LineStream::order_of(std::string text)
{
  const base::TimePoint now = dependencies_.clock.now();
  Order order = read_line(std::move(text), *client_, {dependencies_.deadline, now}, trace_);
  const bool submits = std::holds_alternative<model::Submission>(order);
  if (!client_->may(submits ? Scope::submitting : Scope::registering))
    throw BadRequest("the client's scopes do not allow this", {}, 403);
  if (submits && dependencies_.route.empty()) throw BadRequest("[platform] is not configured", {}, 409);
  if (!client_->rows.take(std::chrono::floor<std::chrono::days>(now).time_since_epoch().count()))
    throw BadRequest("the client has registered enough for today (UTC)", {}, 429);
  return order;
}

awaitable<std::string> LineStream::enter(std::vector<Line>& lines)
{
  std::vector<Order> orders;
  for (Line& line : lines)
    if (line.order) orders.push_back(*line.order);
  std::vector<store::Enqueued> entered;
  if (!orders.empty()) {
    const base::Result<std::vector<store::Enqueued>> outcome =
        co_await dependencies_.store.enter(orders, dependencies_.route, dependencies_.clock.now());
    failed_ = !outcome;
    if (outcome) entered = *outcome;
  }
  give_back(lines, entered);
  std::string answers;
  auto next = entered.begin();
  for (const Line& line : lines) {
    if (line.order && failed_) {
      answers += answer_of(line.number, 503, "try again later, from this line on");
      break;
    }
    answers += line.order
                   ? answer_of(line.number, *next++, std::holds_alternative<model::Submission>(*line.order))
                   : line.answer;
  }
  tell(entered);
  co_return answers;
}

void LineStream::tell(const std::vector<store::Enqueued>& entered) const
{
  for (const store::Enqueued& each : entered)
    if (each.is_served) dependencies_.on_served();
  if (!entered.empty()) dependencies_.on_queued();
}

// What was known counts for nothing. All groups are held open meanwhile.
void LineStream::give_back(const std::vector<Line>& lines, const std::vector<store::Enqueued>& entered)
{
  auto next = entered.begin();
  for (const Line& line : lines) {
    if (!line.order) continue;
    const bool is_new = next != entered.end() && (next++)->is_new;
    if (!is_new) client_->rows.give_back();
    const auto& group = std::visit(
        [](const auto& order) -> const std::optional<std::string>& { return order.group; }, *line.order);
    if (group && groups_.size() < most_groups) groups_.insert(*group);
  }
}

awaitable<void> LineStream::end()
{
  if (groups_.empty()) co_return;
  co_await dependencies_.store.end_filling(client_->name, groups_); // else they end a minute later
  groups_.clear();
}

} // namespace postbackd::api
