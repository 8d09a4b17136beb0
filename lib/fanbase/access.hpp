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

// Who may call: the configured clients, and the access tokens that they have got. Thread-safe.
class Access
{
public:
  struct Client {
    std::string id;
    base::Secret secret;
  };

  // What it refers to must outlive it.
  Access(std::vector<Client> clients, std::chrono::seconds lifetime, const base::Clock& clock);

  // Also those of earlier, from the store.
  void add(const store::AccessToken& token);
  bool has_client(std::string_view id) const;

  // The client of a request for a token, by the query of its URL; nothing when it is none of ours, or it asks
  // for another grant.
  const Client* client_of_query(std::string_view query) const;
  // A new token for the client; `text` is what it is told. Valid once it is added.
  store::AccessToken make(const std::string& client, std::string& text) const;

  // The client whose valid token stands in the AccessToken field; empty without.
  std::string client_of(const http::RequestHead& head) const;

  std::chrono::seconds lifetime() const { return lifetime_; }

private:
  std::vector<Client> clients_;
  std::chrono::seconds lifetime_;
  const base::Clock& clock_;
  mutable std::mutex mutex_;
  std::map<base::Sha256, store::AccessToken> tokens_;
  base::TimePoint cleared_at_{};
};

} // namespace postbackd::fanbase
