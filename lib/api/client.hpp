#pragma once

#include <memory>
#include <set>
#include <string>
#include <vector>

#include "api/quota.hpp"
#include "api/sessions.hpp"
#include "base/rate_limit.hpp"
#include "base/secret.hpp"
#include "http/request.hpp"
#include "model/submission.hpp"

namespace postbackd::api
{

// What a client may do.
enum class Scope {
  registering, // register queries, make hooks
  submitting,  // ask the platform, at the account's cost
  reading,     // queries, results, events
  operating,   // close queries, steer deliveries
};

// An application that uses the API. Its counters belong to the API's thread.
struct Client : std::enable_shared_from_this<Client> {
  std::string name; // stands in the queries that it registers
  std::set<Scope> scopes;
  bool sees_all = false; // also queries of others, and those of no client
  std::vector<base::Secret> tokens;

  // Its share, so that it takes nothing from the others ([[api.client]]).
  base::RateLimit requests{50, std::chrono::seconds(1)};
  Quota connections{256};     // in a request
  Quota waiting{100};         // requests that wait for something to happen
  Quota downloads{8};         // large results that it is taking
  Quota unsent{16 << 20};     // bytes of answers that it has not taken yet
  Quota lines{2};             // bodies of lines that it sends
  DailyQuota rows{1'000'000}; // queries and hooks that it registers
  model::Budget budget;       // submissions, counted in the store

  // Whether a right was taken away, so that what waits and streams ends. Shared by what is one client before
  // and after a reload, as the quotas are.
  std::shared_ptr<bool> revoked = std::make_shared<bool>(false);

  bool may(Scope scope) const { return scopes.contains(scope); }
};

// Returns whether the client may take back only what is not sent yet, as who may submit; who may operate
// closes what waits for its result too. Throws BadRequest (403) if it may do neither.
bool may_close_only_unsent(const Client& client);

// The clients that reach the API one way: by tokens or, on a Unix socket, as one client without a token.
class Access
{
public:
  // Everybody who can connect is this client.
  explicit Access(std::shared_ptr<Client> only);
  // Each request has a token of one of them: `Authorization: Bearer TOKEN` (RFC 6750, 2.1). With a page, it
  // may have the cookie of a session instead, of one of them or of `local`; what changes something must come
  // from the page.
  struct Page {
    std::shared_ptr<Sessions> sessions;
    std::shared_ptr<Client> local;
  };
  explicit Access(std::vector<std::shared_ptr<Client>> clients, Page page = {});

  // Takes the place of another one, after a reload: a client goes on as what it was, unless it has lost a
  // token, a scope or its sight of others.
  void succeed(const Access& before);

  // Returns the client, or null. Takes the same time whichever token is presented.
  std::shared_ptr<Client> identify(const http::RequestHead& head) const { return look(head).client; }
  // The same, with the session by which it has come.
  struct Identity {
    std::shared_ptr<Client> client;
    std::optional<Sessions::Session> session;

    bool may_act() const { return !session || session->may_act; }
  };
  Identity look(const http::RequestHead& head) const;
  // Returns the client with this token, or null.
  std::shared_ptr<Client> with_token(const base::Sha256& presented) const;
  const Page& page() const { return page_; }

private:
  Identity of_session(const http::RequestHead& head) const;

  bool by_token_;
  std::vector<std::shared_ptr<Client>> clients_;
  Page page_; // without sessions: there is none
};

// Returns whether the request only reads.
inline bool only_reads(const http::RequestHead& head)
{
  return head.method == "GET" || head.method == "HEAD";
}

} // namespace postbackd::api
