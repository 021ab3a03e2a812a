#include "feed/last_lines.hpp"

#include <algorithm>
#include <memory>

#include "feed/system_state.hpp"
#include "store/connection.hpp"
#include "store/event_log.hpp"
#include "store/queries.hpp"
#include "store/rows.hpp"
#include "store/store.hpp"

namespace runcast {
namespace {

constexpr std::uint64_t piece_rows = 16'384;  // some 10 ms of a reader

struct Search {
  RunId run;
  LastLines lines;       // the newest first
  std::size_t open = 0;  // steps that have room for more
  std::uint64_t to = max_seq;

  // Looks at the next stretch towards the log's beginning.
  Result<void> piece(Connection& connection) {
    auto const number = queries::run_no(connection, run);
    if (!number) return number.error();
    auto seen = std::uint64_t{0};
    auto rows = connection.query(
        "SELECT pos, step, level, json FROM events WHERE pos BETWEEN ? AND ? "
        "ORDER BY pos DESC LIMIT ?",
        position_of(*number, 1), position_of(*number, to), piece_rows);
    auto const done = queries::for_each(std::move(rows), [&](Statement const& row) -> Result<bool> {
      ++seen;
      to = (row.natural(0) & max_seq) - 1;
      if (!row.is_null(2)) {
        if (auto const taken = take(row); !taken) return taken.error();
      }
      return open > 0;
    });
    if (seen < piece_rows) open = 0;
    return done;
  }

  Result<void> take(Statement const& row) {
    auto const found = lines.find(row.text(1));
    if (found == lines.end() || found->second.size() == SystemState::kept_lines) return {};
    auto event = decode_event(row.text(3));
    if (!event) return event.error();
    if (auto* line = std::get_if<events::StepLog>(&event->payload)) {
      found->second.push_back({event->seq, std::move(line->message)});
      if (found->second.size() == SystemState::kept_lines) --open;
    }
    return {};
  }
};

}  // namespace

Awaitable<Result<LastLines>> read_last_lines(Store& store, RunId run, std::set<std::string> const& steps) {
  auto const search = std::make_shared<Search>();  // shared with a reading that is cancelled
  search->run = run;
  for (auto const& step : steps) search->lines[step];
  search->open = steps.size();
  while (search->open > 0) {
    auto const done = co_await store.read([search](Connection& connection) { return search->piece(connection); });
    if (!done) co_return done.error();
  }
  for (auto& [step, lines] : search->lines) std::ranges::reverse(lines);
  co_return std::move(search->lines);
}

}  // namespace runcast
