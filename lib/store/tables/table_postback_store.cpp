#include "store/tables/table_postback_store.hpp"

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>

#include "sql/statement.hpp"
#include "store/tables/common/names.hpp"
#include "store/tables/common/settings.hpp"
#include "text/time.hpp"

namespace postbackd::store::tables
{
namespace
{

namespace asio = boost::asio;
using asio::awaitable;
using Pieces = std::optional<LargeBodies::Pieces>;

// How often a probe is looked at.
constexpr std::chrono::milliseconds first_look{1};
constexpr std::chrono::milliseconds longest_look{50};
constexpr auto no_write = "the store takes no write now: another program holds its lock, or the disk is slow";

std::size_t size_of(const model::Postback& postback)
{
  const auto& json = postback.envelope.json;
  return sizeof postback + postback.raw.bytes().size() + (json ? json->bytes().size() : 0);
}

} // namespace

TablePostbackStore::TablePostbackStore(Engine& engine, sql::Database& writer, PostbackTable& table,
                                       LargeBodies& large_bodies, CommitQueue& queue)
    : engine_(engine), writer_(writer), table_(table), large_bodies_(large_bodies), queue_(queue),
      figures_(engine)
{
}

awaitable<base::Result<model::Kept>> TablePostbackStore::keep(const model::Postback& postback,
                                                              base::TimePoint now)
{
  Pieces raw;
  Pieces json;
  model::Kept outcome{};
  auto write = [&] {
    BodyPieces pieces;
    if (raw) require_all(writer_, *raw), pieces.raw = raw->body;
    if (json) require_all(writer_, *json), pieces.json = json->body;
    table_.keep_in_group(postback, pieces, now, outcome);
  };
  base::Result<void> spooled = co_await keep_pieces(postback.raw, raw);
  if (spooled && postback.envelope.json) spooled = co_await keep_pieces(*postback.envelope.json, json);
  base::Result<model::Kept> kept = base::Error{base::Errc::unavailable, ""};
  base::Result<void> written = spooled;
  if (spooled) written = co_await queue_.run(write, size_of(postback));
  if (written)
    kept = outcome;
  else
    kept = written.error();
  const bool unnamed = !kept || kept->repeat || kept->discarded;
  if (unnamed && raw) co_await large_bodies_.remove(raw->body);
  if (unnamed && json) co_await large_bodies_.remove(json->body);
  // Its pieces have been in the WAL.
  auto scrub = [this] { ask_to_scrub(writer_, "discarded"); };
  if (kept && kept->discarded && raw) co_await queue_.run(scrub);
  co_return kept;
}

awaitable<base::Result<void>> TablePostbackStore::keep_pieces(const base::Blob& bytes, Pieces& pieces)
{
  if (bytes.in_memory()) co_return base::Result<void>();
  const base::Result<LargeBodies::Pieces> kept = co_await large_bodies_.keep(bytes);
  if (!kept) co_return kept.error();
  pieces = *kept;
  co_return base::Result<void>();
}

awaitable<base::Result<void>> TablePostbackStore::probe(base::TimePoint now,
                                                        std::chrono::milliseconds patience)
{
  const auto end = std::chrono::steady_clock::now() + patience;
  const std::shared_ptr<const Probe> probe = begin_probe(now);
  const asio::any_io_executor executor = co_await asio::this_coro::executor;
  asio::steady_timer timer(executor);
  for (auto pause = first_look; !probe->done; pause = std::min(2 * pause, longest_look)) {
    if (std::chrono::steady_clock::now() > end) co_return base::Error{base::Errc::unavailable, no_write};
    timer.expires_after(pause);
    co_await timer.async_wait(asio::use_awaitable);
  }
  co_return probe->outcome;
}

std::shared_ptr<const TablePostbackStore::Probe> TablePostbackStore::begin_probe(base::TimePoint now)
{
  const std::lock_guard lock(probe_mutex_);
  if (probe_ && !probe_->done) return probe_;
  const auto probe = std::make_shared<Probe>();
  auto write = [this, now] { set_setting(writer_, "probe", text::format_time(now)); };
  queue_.start(write, [probe](const base::Result<void>& outcome) {
    probe->outcome = outcome;
    probe->done = true;
  });
  probe_ = probe; // only a probe that will end
  return probe;
}

base::Result<StoreFigures> TablePostbackStore::figures(base::TimePoint now)
{
  base::Result<StoreFigures> figures = figures_.read(now);
  if (!figures) return figures;
  figures->queued = queue_.count_waiting();
  figures->journal_bytes = engine_.journal_bytes();
  return figures;
}

} // namespace postbackd::store::tables
