#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "base/result.hpp"

namespace runcast {

// How far the log had come, noted beside the database, so that an older copy put in its place gives itself away.
struct HighWater {
  std::string epoch;
  std::uint64_t last_id = 0;
};

// The directory that holds one server's data: private to its user, and locked for this process while the object lives.
class DataDir {
 public:
  // Makes it if it is missing. forbidden: it is another user's; conflict: another process has it; invalid: it is no
  // directory, or holds somebody else's files and is open to other users.
  static Result<DataDir> take(std::filesystem::path const& path);

  // A file in the directory that this user alone can read, made where it is missing, as the directory is; no lock is
  // taken. For what is kept beside a running server's database.
  static Result<std::filesystem::path> private_file(std::filesystem::path const& dir, char const* name);

  DataDir(DataDir&& other) noexcept;
  DataDir& operator=(DataDir&&) = delete;
  ~DataDir();

  std::filesystem::path const& path() const { return path_; }
  std::filesystem::path database() const { return path_ / database_name; }

  // Makes the database's file, readable by this user alone, unless it is there. SQLite gives the mode of this file to
  // those beside it.
  Result<void> ensure_database_file() const;

  // Nothing where the note is missing or does not read.
  std::optional<HighWater> read_high_water() const;
  // Replaces the note, without an fsync: it may be lost or old after a power cut, and says nothing then.
  Result<void> write_high_water(HighWater const& mark) const;

 private:
  static constexpr char const* database_name = "runcast.db";

  DataDir(std::filesystem::path path, int lock) : path_(std::move(path)), lock_(lock) {}

  std::filesystem::path path_;
  int lock_;  // the descriptor that holds the lock
};

}  // namespace runcast
