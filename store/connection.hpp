#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/result.hpp"
#include "store/statement.hpp"

namespace runcast {

// One connection to the database, with the statements that were used on it. Used by one thread at a time.
class Connection {
 public:
  enum class Mode { read_write, read_only };

  // Others hold locks for moments only: a reader that opens the WAL's index, or a curious user's sqlite3.
  static constexpr int busy_timeout_ms = 5000;

  // By the named SQLite VFS; null is SQLite's own.
  static Result<std::unique_ptr<Connection>> open(std::filesystem::path const& file, Mode mode,
                                                  char const* vfs = nullptr);

  Connection(Connection const&) = delete;
  Connection& operator=(Connection const&) = delete;
  ~Connection();

  // The prepared statement of this text, made at its first use and kept.
  Result<Borrowed> statement(std::string_view sql);

  // statement(), with its parameters bound in order.
  template <class... Values>
  Result<Borrowed> query(std::string_view sql, Values const&... values) {
    auto statement = this->statement(sql);
    if (statement) (*statement)->bind_all(values...);
    return statement;
  }

  // query() for what yields no rows.
  template <class... Values>
  Result<void> run(std::string_view sql, Values const&... values) {
    auto statement = query(sql, values...);
    if (!statement) return statement.error();
    return (*statement)->run();
  }

  // One or more statements without parameters, not kept.
  Result<void> execute(std::string const& sql);

  int changes() const;                 // rows that the last statement inserted, updated or deleted
  std::int64_t last_rowid() const;     // of the last insert
  std::int64_t total_changes() const;  // rows so far, those that were rolled back included
  bool in_transaction() const;         // false after an error that made SQLite roll back by itself

  sqlite3* handle() const { return connection_; }

 private:
  struct TextHash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
  };

  explicit Connection(sqlite3* connection) : connection_(connection) {}

  sqlite3* connection_;
  std::unordered_map<std::string, Statement, TextHash, std::equal_to<>> statements_;
};

}  // namespace runcast
