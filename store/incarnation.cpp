#include "store/incarnation.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <fstream>
#include <random>

#include <fmt/format.h>

namespace runcast {
namespace {

constexpr std::uint64_t id_jump = 0xffff'ffff;  // a new epoch begins at the next multiple of 2^32

std::string boot_id() {
  std::ifstream in("/proc/sys/kernel/random/boot_id");
  std::string id;
  in >> id;
  return id;
}

// Inode and time of birth: a copy has another of both, and, unlike a device's number, they outlive a reboot.
Result<std::string> identity_of(std::filesystem::path const& file) {
  struct statx info{};
  if (::statx(AT_FDCWD, file.c_str(), 0, STATX_INO | STATX_BTIME, &info) != 0) {
    return fail(Errc::io, fmt::format("cannot look at {}", file.string()));
  }
  return fmt::format("{}:{}.{}", info.stx_ino, info.stx_btime.tv_sec, info.stx_btime.tv_nsec);
}

std::string random_epoch() {
  std::random_device random;
  return fmt::format("{:08x}", static_cast<std::uint32_t>(random()));
}

Result<std::string> meta(Connection& connection, std::string_view key) {
  auto row = connection.query("SELECT value FROM meta WHERE key = ?", key);
  if (!row) return row.error();
  auto const there = (*row)->step();
  if (!there) return there.error();
  return *there ? (*row)->str(0) : std::string();
}

Result<void> set_meta(Connection& connection, std::string_view key, std::string_view value) {
  return connection.run("INSERT OR REPLACE INTO meta VALUES (?, ?)", key, value);
}

Result<LastSession> read_last_session(Connection& connection, DataDir const& dir) {
  LastSession last;
  for (auto const& [key, value] :
       {std::pair{"epoch", &last.epoch}, std::pair{"file", &last.file}, std::pair{"open_boot", &last.open_boot}}) {
    auto stored = meta(connection, key);
    if (!stored) return stored.error();
    *value = std::move(*stored);
  }
  auto state = connection.query("SELECT last_id FROM log_state");
  if (!state) return state.error();
  if (auto const there = (*state)->step(); !there) return there.error();
  last.last_id = (*state)->natural(0);
  last.note = dir.read_high_water();
  return last;
}

Result<void> store_session(Connection& connection, std::string_view epoch, std::string_view file,
                           std::string_view open_boot, std::uint64_t last_id) {
  if (auto done = connection.execute("BEGIN IMMEDIATE"); !done) return done;
  for (auto const& [key, value] :
       {std::pair{"epoch", epoch}, std::pair{"file", file}, std::pair{"open_boot", open_boot}}) {
    if (auto done = set_meta(connection, key, value); !done) return done;
  }
  if (auto done = connection.run("UPDATE log_state SET last_id = ?", last_id); !done) return done;
  return connection.execute("COMMIT");
}

}  // namespace

std::optional<std::string_view> why_tail_may_be_lost(LastSession const& last, std::string_view file,
                                                     std::string_view boot) {
  if (!last.open_boot.empty() && last.open_boot != boot) return "the machine went down under an unsynced session";
  if (last.file != file) return "the database is a copy or a restored backup";
  if (last.note && last.note->epoch != last.epoch) return "the database was replaced by one of another epoch";
  if (last.note && last.note->last_id > last.last_id) return "the database was replaced by an older one";
  return std::nullopt;
}

Result<std::string> begin_session(Connection& connection, DataDir const& dir, bool survives_power_cut) {
  auto const last = read_last_session(connection, dir);
  if (!last) return last.error();
  auto const file = identity_of(dir.database());
  if (!file) return file.error();
  auto const boot = boot_id();
  auto epoch = last->epoch;
  auto last_id = last->last_id;
  if (epoch.empty()) {
    epoch = random_epoch();
  } else if (why_tail_may_be_lost(*last, *file, boot)) {
    epoch = random_epoch();
    last_id = std::max(last_id, last->note ? last->note->last_id : 0) | id_jump;
  }
  if (auto done = store_session(connection, epoch, *file, survives_power_cut ? "" : boot, last_id); !done) {
    return done.error();
  }
  if (auto done = dir.write_high_water({epoch, last_id}); !done) return done.error();
  return epoch;
}

Result<void> mark_clean_end(Connection& connection) { return set_meta(connection, "open_boot", ""); }

}  // namespace runcast
