#include "api/feed_writer.hpp"

#include <algorithm>

#include "api/parameters.hpp"

namespace postbackd::api
{
namespace
{

using boost::asio::awaitable;

// Returns the receipt of what the query was answered with, or an extra one; 0 if it is no such event.
std::int64_t receipt_of(const FeedItem& item)
{
  using model::EventKind;
  const EventKind kind = item.note.kind;
  const bool has_result = kind == EventKind::result || kind == EventKind::recovered ||
                          kind == EventKind::late || kind == EventKind::extra;
  return has_result && !item.facts().is_erased ? item.facts().receipt.value_or(0) : 0;
}

// A line end in JSON is between tokens, never inside one.
std::string with_document(const std::string& event, std::string document)
{
  std::replace_if(
      document.begin(), document.end(), [](char c) { return c == '\n' || c == '\r'; }, ' ');
  return event.substr(0, event.size() - 1) + R"(,"result":)" + document + '}';
}

} // namespace

awaitable<std::vector<std::string>> FeedWriter::write(FeedPage& page, bool with_results, const Client& client,
                                                      const http::Caller* caller)
{
  Documents documents(page.items.size());
  if (with_results) documents = co_await read_documents(page, client, caller);
  std::vector<std::string> texts;
  std::vector<std::string> read;
  std::size_t bytes = 0;
  while (texts.size() < documents.size() && bytes < largest_page) {
    const FeedItem& item = *page.items[texts.size()];
    std::optional<std::string>& document = documents[texts.size()];
    if (document) read.push_back(item.note.own_id);
    texts.push_back(document ? with_document(item.json(), std::move(*document)) : item.json());
    bytes += texts.back().size();
  }
  if (texts.size() < page.items.size()) {
    page.items.resize(texts.size());
    page.next = page.items.back()->note.id;
  }
  co_await dependencies_.queries.note(client, "result", std::move(read));
  co_return texts;
}

awaitable<FeedWriter::Documents> FeedWriter::read_documents(const FeedPage& page, const Client& client,
                                                            const http::Caller* caller)
{
  std::vector<std::int64_t> receipts;
  for (const auto& item : page.items)
    receipts.push_back(receipt_of(*item));
  if (std::all_of(receipts.begin(), receipts.end(), [](std::int64_t receipt) { return receipt == 0; }))
    co_return Documents(page.items.size());
  std::function<Documents()> work = [&] {
    return dependencies_.store.small_results(receipts, largest_included, largest_page);
  };
  Documents documents = co_await dependencies_.turns.run(client, caller, std::move(work));
  co_return documents;
}

} // namespace postbackd::api
