#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "base/clock.hpp"
#include "sql/reader.hpp"
#include "store/leadership.hpp"

namespace postbackd::store::tables
{

struct FoundToErase;

// What the tables leave to their engine. Thread-safe.
class Engine
{
public:
  virtual ~Engine() = default;

  // Opens a connection that reads. Throws base::Failure.
  virtual std::unique_ptr<sql::Connection> open_reader() = 0;

  // Returns the SQL of a number: the bytes of the store on disk.
  virtual const char* size_sql() const = 0;
  // Returns the bytes on disk of changes that are not yet in the store's tables; 0 if that is the server's
  // matter.
  virtual std::uint64_t journal_bytes() { return 0; }

  // Describes the server for people; empty for a file.
  virtual std::string describe(sql::Database&) { return {}; }

  // Notes beside the store what is about to be erased, so that a restored backup does not bring it back.
  virtual void note_erasure(sql::Database& reader, const FoundToErase& found, base::TimePoint now) = 0;
  // Forgets what a registration has left of its values, inside the writer's transaction.
  virtual void forget_registration(sql::Database&) {}
  // Names this process and its transaction in the deliveries that it claims; empty where one process alone
  // delivers. The writer's thread.
  virtual std::string claim_name() { return {}; }
  // Throws base::Failure if another process leads the duty, or has led it since, inside the writer's
  // transaction.
  virtual void require(sql::Database&, Duty) {}
  // Gives some of the space of deleted rows back, inside the writer's transaction. Returns whether there is
  // more.
  virtual bool give_back_space(sql::Database&) { return false; }
  // Destroys the bytes of what was erased, wherever the store has kept them (UpkeepStore::complete_erasure).
  // `commit` commits something by the writer.
  virtual base::Result<void> destroy_erased(const std::function<base::Result<void>()>& commit) = 0;
};

} // namespace postbackd::store::tables
