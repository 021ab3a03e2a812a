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

// closed: the spawn helper died under it, which is no fault of the command.
AttemptResult not_finished(Error const& error) {
  return {.outcome = error.code == Errc::closed ? Outcome::interrupted : Outcome::failed, .error = error.message};
}

EventDraft draft_of(std::string const& step_id, OutputStream stream, OutputLine line, Mask const& mask, Timestamp now) {
  std::string masked;
  if (!mask.empty()) {
    masked = line.text;
    line.truncated ? mask.apply_to_cut(masked) : mask.apply(masked);
    line.text = masked;
  }
  auto const said = parse_line(line.text, stream == OutputStream::out ? Level::info : Level::warn);
  if (auto const* progress = std::get_if<SaidProgress>(&said)) {
    events::StepProgress event{.step_id = step_id, .progress = progress->progress, .text = {}, .job = {}};
    if (!progress->text.empty()) event.text = std::string(progress->text);
    return encode(event, now);
  }
  auto const& text = std::get<SaidLine>(said);
  return encode_log(step_id, text.level, text.text, line.truncated, now);
}

// The log refuses lines only when the database has failed, and then the run hears of it from its own next write.
Awaitable<> log_lines(Services const& services, RunId run, Mask const& mask, std::string const& step_id,
                      OutputStream stream, std::span<OutputLine const> lines) {
  std::vector<EventDraft> drafts;
  drafts.reserve(lines.size());
  auto const now = system_time();
  for (auto const& line : lines) drafts.push_back(draft_of(step_id, stream, line, mask, now));
  co_await services.logger.log(run, std::move(drafts));
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

}  // namespace

Awaitable<AttemptResult> run_command(Services const& services, RunId run, Mask const& mask,
                                     std::shared_ptr<Attempt> attempt, Command command, std::string outputs) {
  auto process = co_await services.spawner.spawn(std::move(command));
  if (!process) co_return not_finished(process.error());
  EndsBy const ends_by(*attempt, [&] { process->terminate(services.options.kill_grace); });

  auto const exit = co_await process->run([&](OutputStream stream, std::span<OutputLine const> lines) {
    return log_lines(services, run, mask, attempt->step_id, stream, lines);
  });
  if (!exit) co_return not_finished(exit.error());

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
