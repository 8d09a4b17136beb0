#pragma once

#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/secret.hpp"
#include "http/request.hpp"
#include "store/fanbase_store.hpp"

namespace postbackd::fanbase
{

// The callers: configured clients and the access tokens issued to them. Thread-safe.
class Access
{
public:
  struct Client {
    std::string id;
    base::Secret secret;
  };

  // All references must outlive it.
  Access(std::vector<Client> clients, std::chrono::seconds lifetime, std::size_t most_tokens,
         const base::Clock& clock);

  // Adds a token: a new one, or an earlier one from the store. Beyond `most_tokens` of a client, the one that
  // was added first is valid no longer.
  void add(const store::AccessToken& token);
  bool has_client(std::string_view id) const;

  // Returns the client of a token request: by `form`, which is the query of its URL, as the documents have
  // it, or its body, or by `Authorization: Basic` (RFC 6749, 2.3.1). Returns nullptr if it is unknown or asks
  // for another grant.
  const Client* client_of_token_request(const http::RequestHead& head, std::string_view form) const;
  // Returns a new token for the client, and sets `text` to its text. The token is valid once it is added.
  store::AccessToken make(const std::string& client, std::string& text) const;

  // Returns the client whose valid token is in the AccessToken field, or an empty text.
  std::string client_of(const http::RequestHead& head) const;

  std::chrono::seconds lifetime() const { return lifetime_; }

private:
  const Client* find(const std::string& id, const std::string& secret) const;
  void make_room(const std::string& client);

  std::vector<Client> clients_;
  std::chrono::seconds lifetime_;
  std::size_t most_tokens_;
  const base::Clock& clock_;
  mutable std::mutex mutex_;
  struct Added {
    store::AccessToken token;
    std::uint64_t number = 0; // several expire in the same millisecond
  };
  std::uint64_t added_ = 0;
  std::map<base::Sha256, Added> tokens_;
  base::TimePoint cleared_at_{};
};

} // namespace postbackd::fanbase
