#include "executor/schedule_marks.hpp"

#include "store/read_value.hpp"
#include "store/rows.hpp"

namespace runcast {
namespace {

Result<ScheduleMarks> read_marks(Connection& connection, std::string_view workflow) {
  ScheduleMarks marks;
  auto rows = connection.query("SELECT schedule, started FROM schedule_marks WHERE workflow = ?", workflow);
  auto const done = queries::for_each(std::move(rows), [&](Statement const& row) {
    marks.emplace(row.str(0), row.time(1));
    return true;
  });
  if (!done) return done.error();
  return marks;
}

}  // namespace

Awaitable<Result<ScheduleMarks>> schedule_marks(Store& store, std::string workflow) {
  co_return co_await read_value<ScheduleMarks>(
      store, [workflow](Connection& connection) { return read_marks(connection, workflow); });
}

WriteOp advance_mark(std::string workflow, std::string schedule, Timestamp time) {
  return [workflow = std::move(workflow), schedule = std::move(schedule), time](WriteTx& tx) -> Result<void> {
    auto& connection = tx.connection();
    auto done = connection.run(
        "INSERT INTO schedule_marks VALUES (?, ?, ?) ON CONFLICT (workflow, schedule) DO UPDATE SET "
        "started = excluded.started WHERE started < excluded.started",
        std::string_view(workflow), std::string_view(schedule), time);
    if (done && connection.changes() == 0) return fail(Errc::conflict, "this time has started its run already");
    return done;
  };
}

WriteOp keep_marks(std::string workflow, std::set<std::string> schedules) {
  return [workflow = std::move(workflow), schedules = std::move(schedules)](WriteTx& tx) -> Result<void> {
    auto const marks = read_marks(tx.connection(), workflow);
    if (!marks) return marks.error();
    for (auto const& [schedule, time] : *marks) {
      if (schedules.contains(schedule)) continue;
      auto done = tx.connection().run("DELETE FROM schedule_marks WHERE workflow = ? AND schedule = ?",
                                      std::string_view(workflow), std::string_view(schedule));
      if (!done) return done;
    }
    return {};
  };
}

}  // namespace runcast
