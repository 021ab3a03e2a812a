#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "store/connection.hpp"
#include "store/data_dir.hpp"

// Which incarnation of the logs this is. The epoch stays while every event that was ever committed is still there, over
// clean stops, kills and upgrades. It changes when some may be gone, so that nobody resumes at a seq that now means
// something else.
namespace runcast {

// What the database and the note beside it say of the last session.
struct LastSession {
  std::string epoch;      // empty: a new database
  std::string file;       // the identity of the database's file then
  std::string open_boot;  // the boot of a session at `crash` durability that did not end cleanly; empty: none such
  std::uint64_t last_id = 0;
  std::optional<HighWater> note;
};

// Why committed events of the last session may be missing; nothing: they are all there.
//
// - The machine was booted again under a session that did not sync each commit.
// - The database's file is another one: a copy, or a backup put back.
// - The note beside the database knows of a later event, or another epoch: only the database was put back.
std::optional<std::string_view> why_tail_may_be_lost(LastSession const& last, std::string_view file,
                                                     std::string_view boot);

// Marks the beginning of a session, with the epoch that it goes on with (a new one where it must), and returns that.
// A new epoch's events get ids far above the old one's, since ids of lost events may have been seen.
Result<std::string> begin_session(Connection& connection, DataDir const& dir, bool survives_power_cut);

// Marks a clean end. What was committed must be synced by a checkpoint after it.
Result<void> mark_clean_end(Connection& connection);

}  // namespace runcast
