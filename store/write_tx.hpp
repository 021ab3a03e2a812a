#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "model/event.hpp"
#include "store/types.hpp"

namespace runcast {

class Connection;
class EventLog;

// The open transaction, as a WriteOp sees it. Valid only until the op returns; the writer's thread only.
class WriteTx {
 public:
  WriteTx(Connection& connection, EventLog& log) : connection_(connection), log_(log) {}
  WriteTx(WriteTx const&) = delete;
  WriteTx& operator=(WriteTx const&) = delete;

  // Adds an event to its run's log and returns its seq. A run_start makes the run `running`, a run_complete ends it.
  // Its time is raised to that of the log's last event where it is older; else the draft stays as it was. not_found: no
  // such run; conflict: it has ended; too_large: over 64 MiB.
  Result<std::uint64_t> append(RunId const& run, EventDraft&& draft);

  // The seq of the log's newest event, those of this transaction included; 0: none. For conditional appends.
  Result<std::uint64_t> last_seq(RunId const& run);

  // Status `pending`, no event yet; or `running`, where it begins at once. conflict: the id is taken.
  Result<void> create_run(NewRun const& run, Timestamp now);

  // To be called by who writes a run's events by other means than append().
  void events_written(RunId const& run);

  // The answer stored under this key, if any. conflict: the key was used with another fingerprint.
  Result<std::optional<StoredAnswer>> recall(std::string_view key, std::string_view fingerprint);
  // Keeps an answer for a day. `fingerprint` tells whether a later request is the same one.
  Result<void> remember(std::string_view key, std::string_view fingerprint, StoredAnswer const& answer, Timestamp now);
  // The text that a request with this key was first answered with; `fresh` is kept as that where none was. Gives back
  // `fresh` where the key is not known.
  Result<std::string> first_answer(std::string_view key, std::string_view fresh);

  // A new workflow; conflict: there is one of that name. One that was deleted goes on with its next version number.
  Result<int> create_workflow(std::string_view name, std::string_view definition_json, Timestamp now);
  // The next version, or the first. Returns its number.
  Result<int> put_workflow(std::string_view name, std::string_view definition_json, Timestamp now);
  // Hides it from lists and lookups; its runs keep their definition. not_found: there is none.
  Result<void> delete_workflow(std::string_view name, Timestamp now);

  // For other folders' own tables, in this same transaction. Never BEGIN, COMMIT or SAVEPOINT here.
  Connection& connection() { return connection_; }

 private:
  Connection& connection_;
  EventLog& log_;
};

// Work to be done within a transaction, on the writer's thread. An error that it returns (or throws) undoes this op
// alone. An op whose transaction was undone because of another one is called again. It must not block.
using WriteOp = std::function<Result<void>(WriteTx&)>;

}  // namespace runcast
