#pragma once

#include <boost/asio/awaitable.hpp>

#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/digest.hpp"
#include "base/error.hpp"
#include "model/question.hpp"

namespace postbackd::store
{

struct Token {
  base::Sha256 digest;
  std::string client;
  base::TimePoint expires_at;
};

// An object of the integration queue (Update Fandata, Webhook Ingressos: "Campos da Resposta").
struct QueueObject {
  std::string id;
  std::string client;
  std::string action;
  std::string msg; // the request as JSON
  std::string created;
  std::string state = "pending"; // pending, processing, completed, failed
  std::optional<std::string> process_date;
  std::optional<std::string> process_msg;
  std::optional<std::string> key;
};

// A question that is asked for an object, and where its result is to go.
struct ObjectQuestion {
  model::Question question;
  std::string route;
};

struct AppUser {
  std::string user_id;
  std::string document; // an e-mail in lower case
  int document_type;    // 1: CPF, 4: e-mail
  std::string app_name;
  std::string app_platform;
  std::string client;
};

struct AppEvent {
  std::string user_id;
  std::string event_name;
  std::optional<std::string> event_value;
  std::string event_date;
  std::string app_name;
  std::string client;
};

// What became of an app call.
enum class AppOutcome { kept, unknown_document, other_document, unknown_user };

// The Fanbase side. What is answered is on disk: the coroutines complete after the commit. Errors as those of
// PostbackStore::keep.
class FanbaseStore
{
public:
  virtual ~FanbaseStore() = default;

  // Those that are valid, at start. Blocks.
  virtual std::vector<Token> tokens(base::TimePoint now) = 0;
  // Forgets those that have expired.
  virtual boost::asio::awaitable<base::Result<void>> keep_token(const Token& token, base::TimePoint now) = 0;

  // Keeps the object, or gives the client's one with this key. With a question, that is queued with it;
  // without, handlers are given the object, unless it has its end already. `object` and `question` must live
  // until then.
  virtual boost::asio::awaitable<base::Result<QueueObject>>
  enqueue(const QueueObject& object, const std::optional<ObjectQuestion>& question, base::TimePoint now) = 0;
  // The client's own only. Blocks; thread-safe.
  virtual std::optional<QueueObject> find(const std::string& client, const std::string& id) = 0;

  virtual boost::asio::awaitable<base::Result<AppOutcome>> keep_user(const AppUser& user, bool any_document,
                                                                     base::TimePoint now) = 0;
  virtual boost::asio::awaitable<base::Result<AppOutcome>> keep_event(const AppEvent& event,
                                                                      base::TimePoint now) = 0;

  // Moves objects on that have an end, or a beginning, by what became of their queries and deliveries. How
  // many. Blocks; one thread.
  virtual std::size_t advance_objects(base::TimePoint now) = 0;

  // What our handler has sent, by the key of its delivery. Both block; thread-safe.
  virtual std::optional<std::string> remote_id(const std::string& key) = 0;
  virtual void keep_remote_id(const std::string& key, const std::string& id, base::TimePoint now) = 0;
};

} // namespace postbackd::store
