#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/result.hpp"
#include "model/event.hpp"
#include "model/segment.hpp"
#include "store/commit.hpp"
#include "store/connection.hpp"
#include "store/types.hpp"

namespace runcast {

// Where one run's events lie: run_no << 32 | seq.
inline constexpr std::int64_t position_of(std::int64_t run_no, std::uint64_t seq) {
  return (run_no << 32) | static_cast<std::int64_t>(seq);
}
inline constexpr std::uint64_t max_seq = 0xffff'ffff;
inline constexpr std::int64_t system_run_no = 0;

// The end of every log as the writer sees it, and what the open transaction has added: it gives out seq and id, makes
// each event's bytes once, and puts them in the database and in the batch's segments. The writer's thread only.
class EventLog {
 public:
  static Result<std::unique_ptr<EventLog>> open(Connection& connection);

  EventLog(EventLog const&) = delete;
  EventLog& operator=(EventLog const&) = delete;

  // A hint that the transaction will append these, so that a run's events share segments of the right size.
  void expect(RunId const& run, std::span<EventDraft const> drafts);

  // All of them or none. An error that `check()` does not foresee is one of the database.
  Result<std::vector<std::uint64_t>> append(RunId const& run, std::span<EventDraft> drafts);
  Result<void> check(RunId const& run, std::span<EventDraft const> drafts);

  // The seq of the newest event, 0: none.
  Result<std::uint64_t> last_seq(RunId const& run);

  // A run that the open transaction has made.
  void created(RunId const& run, std::int64_t run_no, bool running);
  // Its events were written by other means: the end of its log is to be looked up.
  void forget(RunId const& run) { logs_.erase(run); }

  // Between these the transaction; undo() takes back what it added, beside a ROLLBACK of the database.
  void begin();
  void undo();

  // False after an append that the database refused half-way: the transaction must be undone.
  bool sound() const { return sound_; }

  // Writes how far the log has come; part of the transaction.
  Result<void> store_state();
  // What was added since the last one; for after the COMMIT.
  std::shared_ptr<Commit const> take_commit();

  std::uint64_t last_id() const { return last_id_; }
  Timestamp last_time() const { return last_time_; }

 private:
  static constexpr std::size_t no_segment = static_cast<std::size_t>(-1);

  struct Log {
    std::int64_t run_no = 0;
    std::uint64_t last_seq = 0;
    Timestamp last_time{};
    bool running = false;  // by its row, already
    bool ended = false;
    std::size_t segment = no_segment;  // of the batch; the one that the next event goes to
  };
  struct Batched {
    RunId run;
    std::shared_ptr<Segment> segment;
    bool ended = false;
    std::vector<CommittedValue> values{};
  };

  EventLog(Connection& connection, Statement insert) : connection_(connection), insert_(std::move(insert)) {}

  Result<Log*> find(RunId const& run);
  Result<Log*> load(RunId const& run);
  Result<void> add(RunId const& run, Log& log, EventDraft& draft);
  Batched& batched_for(RunId const& run, Log& log, std::size_t json_size);
  Result<void> fold(Log& log, EventDraft const& draft);

  Connection& connection_;
  Statement insert_;
  std::string scratch_;
  std::uint64_t last_id_ = 0;
  Timestamp last_time_{};
  std::unordered_map<RunId, Log> logs_;  // of runs that were written to and have not ended

  std::vector<Batched> batch_;
  std::unordered_map<RunId, std::size_t> expected_;

  bool sound_ = true;
  std::uint64_t id_before_ = 0;
  Timestamp time_before_{};
};

}  // namespace runcast
