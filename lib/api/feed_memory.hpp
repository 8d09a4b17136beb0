#pragma once

#include <deque>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "model/event.hpp"

namespace postbackd::api
{

// An event of the feed: at first only what tells who sees it; its JSON when somebody is given it.
class FeedItem
{
public:
  explicit FeedItem(model::EventNote given) : note(std::move(given)) {}
  explicit FeedItem(const model::Event& event);

  bool is_loaded() const { return !json_.empty(); }
  void load(const model::Event& event);
  // What followers choose by.
  struct Facts {
    std::string label;
    std::string group;
    std::string api;
    std::optional<std::int64_t> receipt;
    bool is_erased = false; // its words are gone
  };
  // Call these only if it is loaded.
  const std::string& json() const { return json_; }
  const Facts& facts() const { return facts_; }

  const model::EventNote note;

private:
  std::string json_;
  Facts facts_;
};
using FeedItems = std::vector<std::shared_ptr<FeedItem>>;

// A part of the feed, in order. `next` is where to go on.
struct FeedPage {
  FeedItems items;
  std::int64_t next = 0;
};

// Returns whether this client (empty: one that sees all) is given the event.
bool sees(const std::string& client, const FeedItem& item);

// The newest events: all after begin(), up to last().
class FeedMemory
{
public:
  explicit FeedMemory(std::size_t most) : most_(most) {}

  // Forgets all; the next event is the one after `last`.
  void reset(std::int64_t last);
  void add(std::shared_ptr<FeedItem> item);

  std::int64_t begin() const { return begin_; }
  std::int64_t last() const { return last_; }
  // Returns false if the client sees no event after this one, up to last(). Cheap, however many there are.
  bool has_news(std::int64_t after, const std::string& client) const;
  // Returns up to `most` events after this one that the client sees.
  FeedPage read(std::int64_t after, std::size_t most, const std::string& client) const;
  // Returns whether an event after this one ends the query with this id or QueryId.
  bool has_ended(const std::string& id, std::int64_t after) const;
  // Returns how many clients' newest events are known; at most one more than the events that are kept.
  std::size_t client_count() const { return newest_.size(); }

private:
  std::size_t most_;
  std::deque<std::shared_ptr<FeedItem>> items_;
  std::int64_t begin_ = 0;
  std::int64_t last_ = 0;
  std::int64_t known_since_ = 0;               // from here on, newest_ is complete
  std::map<std::string, std::int64_t> newest_; // by client
};

// Returns whether an event of this kind is an end.
bool is_final(model::EventKind kind);

} // namespace postbackd::api
