#pragma once

#include "sqlite/checkpointer.hpp"
#include "store/sqlite/common/names.hpp"
#include "store/tables/common/engine.hpp"

namespace postbackd::store::sqlite
{

// What the tables leave to SQLite.
class SqliteEngine final : public tables::Engine
{
public:
  SqliteEngine(const ConnectionOptions& options, Checkpointer& checkpointer)
      : options_(options), checkpointer_(checkpointer)
  {
  }

  std::unique_ptr<sql::Connection> open_reader() override;
  const char* size_sql() const override;
  std::uint64_t journal_bytes() override;
  void note_erasure(sql::Database& reader, const tables::FoundToErase& found, base::TimePoint now) override;
  void forget_registration(sql::Database& writer) override;
  bool give_back_space(sql::Database& writer) override;
  base::Result<void> destroy_erased(const std::function<base::Result<void>()>& commit) override;

private:
  ConnectionOptions options_;
  Checkpointer& checkpointer_;
};

} // namespace postbackd::store::sqlite
