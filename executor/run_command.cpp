#include "executor/run_command.hpp"

#include <fmt/format.h>

#include "executor/command_setup.hpp"
#include "executor/line.hpp"
#include "executor/spawn/process.hpp"
#include "executor/spawn/spawner.hpp"
#include "logger/step_logger.hpp"
#include "model/event.hpp"

namespace runcast {
namespace {

AttemptResult failed(std::string error) { return {.outcome = Outcome::failed, .error = std::move(error)}; }

EventDraft draft_of(std::string const& step_id, OutputStream stream, OutputLine const& line, Timestamp now) {
  auto const said = parse_line(line.text, stream == OutputStream::out ? Level::info : Level::warn);
  if (auto const* progress = std::get_if<SaidProgress>(&said)) {
    events::StepProgress event{.step_id = step_id, .progress = progress->progress, .text = {}};
    if (!progress->text.empty()) event.text = std::string(progress->text);
    return encode(event, now);
  }
  auto const& text = std::get<SaidLine>(said);
  return encode_log(step_id, text.level, text.text, line.truncated, now);
}

Outcome outcome_of(Attempt::Ending ending, bool success) {
  switch (ending) {
    case Attempt::Ending::cancelled:
      return Outcome::cancelled;
    case Attempt::Ending::timed_out:
      return Outcome::timed_out;
    case Attempt::Ending::shutdown:
      return Outcome::interrupted;
    case Attempt::Ending::none:
      break;
  }
  return success ? Outcome::succeeded : Outcome::failed;
}

AttemptResult result_of(Attempt const& attempt, ExitStatus const& exit) {
  AttemptResult result{.outcome = outcome_of(attempt.ending, exit.success())};
  if (!exit.signal.empty()) {
    result.signal = exit.signal;
  } else {
    result.exit_code = exit.code;
  }
  if (result.outcome == Outcome::failed) {
    result.error =
        exit.signal.empty() ? fmt::format("exited with code {}", exit.code) : fmt::format("ended by {}", exit.signal);
  }
  return result;
}

// Lets the attempt end the process, for as long as there is one.
class EndsProcess {
 public:
  EndsProcess(Attempt& attempt, Process& process, Millis grace) : attempt_(attempt) {
    attempt_.end_now = [&process, grace] { process.terminate(grace); };
    if (attempt_.ending != Attempt::Ending::none) attempt_.end_now();
  }
  ~EndsProcess() { attempt_.end_now = nullptr; }
  EndsProcess(EndsProcess const&) = delete;
  EndsProcess& operator=(EndsProcess const&) = delete;

 private:
  Attempt& attempt_;
};

}  // namespace

Awaitable<AttemptResult> run_command(Services const& services, RunId run, std::shared_ptr<Attempt> attempt,
                                     Command command, std::filesystem::path outputs) {
  auto process = co_await services.spawner.spawn(std::move(command));
  if (!process) co_return failed(process.error().message);
  EndsProcess const ends_process(*attempt, *process, services.options.kill_grace);

  // The log refuses lines only when the database has failed, and then the run hears of it from its own next write.
  LineSink sink = [&](OutputStream stream, std::span<OutputLine const> lines) -> Awaitable<> {
    std::vector<EventDraft> drafts;
    drafts.reserve(lines.size());
    auto const now = system_time();
    for (auto const& line : lines) drafts.push_back(draft_of(attempt->step_id, stream, line, now));
    co_await services.logger.log(run, std::move(drafts));
  };
  auto const exit = co_await process->run(std::move(sink));
  if (!exit) co_return failed(exit.error().message);

  auto result = result_of(*attempt, *exit);
  auto taken = take_outputs(outputs, services.options.max_output_bytes);
  if (taken) {
    result.outputs = std::move(*taken);
  } else if (result.outcome == Outcome::succeeded) {
    result.outcome = Outcome::failed;
    result.error = taken.error().message;
  }
  co_return result;
}

}  // namespace runcast
