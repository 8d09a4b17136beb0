#pragma once

#include <boost/asio/awaitable.hpp>

#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/digest.hpp"
#include "base/error.hpp"
#include "model/submission.hpp"

namespace postbackd::store
{

struct AccessToken {
  base::Sha256 digest;
  std::string client;
  base::TimePoint expires_at;
};

enum class ObjectState { pending, processing, completed, failed };
std::string_view to_text(ObjectState state);
std::optional<ObjectState> object_state_of(std::string_view text);

// An object of the integration queue (Update Fandata, Webhook Ingressos: "Campos da Resposta").
struct QueueObject {
  std::string id;
  std::string client;
  std::string action;
  std::string request; // JSON as it came
  base::TimePoint created_at;
  ObjectState state = ObjectState::pending;
  std::optional<base::TimePoint> processed_at;
  std::optional<std::string> message; // while it is open: why it fails if no handler takes it
  std::optional<std::string> key;     // the client's Idempotency-Key
};

// A submission for an object, and the route for its result.
struct ObjectSubmission {
  model::Submission submission;
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
  std::string event_date; // as it was given
  base::TimePoint event_at;
  std::string app_name;
  std::string client;
};

// The outcome of an app call.
enum class AppOutcome { kept, unknown_document, other_document, unknown_user };

// The Fanbase side. The coroutines complete after the commit, with the errors of PostbackStore::keep.
class FanbaseStore
{
public:
  virtual ~FanbaseStore() = default;

  // Returns the valid tokens, for the start. Blocks.
  virtual std::vector<AccessToken> tokens(base::TimePoint now) = 0;
  // Stores the token, and deletes expired ones.
  virtual boost::asio::awaitable<base::Result<void>> keep_token(const AccessToken& token,
                                                                base::TimePoint now) = 0;

  // Stores the object, or returns the client's existing one with this key. Emits its event, and queues its
  // submission if there is one. `object` and `submission` must live
  // until it completes.
  virtual boost::asio::awaitable<base::Result<QueueObject>>
  enqueue(const QueueObject& object, const std::optional<ObjectSubmission>& submission,
          base::TimePoint now) = 0;
  // Returns the object only if it belongs to the client. Blocks; thread-safe.
  virtual std::optional<QueueObject> find(const std::string& client, const std::string& id) = 0;

  virtual boost::asio::awaitable<base::Result<AppOutcome>> keep_user(const AppUser& user, bool any_document,
                                                                     base::TimePoint now) = 0;
  virtual boost::asio::awaitable<base::Result<AppOutcome>> keep_event(const AppEvent& event,
                                                                      base::TimePoint now) = 0;

  // Advances objects whose query or delivery has started or ended. With `has_handlers`, an event waits for
  // its deliveries also before the first handler is known to the store. Returns how many. Blocks; one thread.
  virtual std::size_t advance_objects(bool has_handlers, base::TimePoint now) = 0;

  // Read and store the id of the object that our handler created on a remote Fanbase, by its delivery's key.
  // Both block; thread-safe.
  virtual std::optional<std::string> remote_id(const std::string& key) = 0;
  virtual void keep_remote_id(const std::string& key, const std::string& id, base::TimePoint now) = 0;
};

} // namespace postbackd::store
