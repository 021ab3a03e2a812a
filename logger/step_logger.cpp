#include "logger/step_logger.hpp"

#include <fmt/format.h>

#include "store/store.hpp"

namespace runcast {
namespace {

bool is_shown(FrameInfo const& frame, Level minimum) {
  return frame.type == static_cast<std::uint8_t>(EventType::step_log) && frame.level >= static_cast<int>(minimum);
}

void render(Commit const& commit, Level minimum, std::string& out) {
  for (auto const& run : commit.runs) {
    for (auto const& frame : run.segment->frames()) {
      if (!is_shown(frame, minimum)) continue;
      auto const event = decode_event(run.segment->json(frame));
      if (!event) continue;
      auto const& line = std::get<events::StepLog>(event->payload);
      append_console_line(out, event->time, line.level,
                          fmt::format("{} {} | {}", run.run.str(), line.step_id, line.message));
    }
  }
}

}  // namespace

BroadcastStepLogger::BroadcastStepLogger(Store& store, CommitSink hub, Console& console, Level console_level)
    : store_(store), hub_(std::move(hub)), console_(console), console_level_(console_level) {
  store_.on_commit([this](std::shared_ptr<Commit const> commit) { return on_commit(std::move(commit)); });
}

Awaitable<Result<void>> BroadcastStepLogger::log(RunId run, std::vector<EventDraft> lines) {
  co_return co_await store_.post(run, std::move(lines));
}

Awaitable<> BroadcastStepLogger::on_commit(std::shared_ptr<Commit const> commit) {
  co_await hub_(commit);
  show(std::move(commit));
}

// The console's own thread turns the frames into text, so all that the database's thread does is count them.
void BroadcastStepLogger::show(std::shared_ptr<Commit const> commit) {
  std::size_t lines = 0;
  std::size_t bytes = 0;
  for (auto const& run : commit->runs) {
    for (auto const& frame : run.segment->frames()) lines += is_shown(frame, console_level_) ? 1 : 0;
    bytes += run.segment->bytes().size();
  }
  if (lines == 0) return;
  console_.offer(lines, bytes, [commit = std::move(commit), level = console_level_](std::string& out) {
    render(*commit, level, out);
  });
}

}  // namespace runcast
