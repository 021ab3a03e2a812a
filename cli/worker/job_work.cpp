#include "cli/worker/job_work.hpp"

#include <cstdlib>

#include <fmt/format.h>
#include <unistd.h>
#include <boost/asio/steady_timer.hpp>

#include "base/task_group.hpp"
#include "executor/command_setup.hpp"
#include "executor/line.hpp"
#include "model/job.hpp"
#include "model/json_text.hpp"

namespace runcast::cli {
namespace {

namespace json = boost::json;

constexpr Millis retry_pause{500};
constexpr std::size_t max_body = 1 << 20;  // of one message with lines
constexpr std::size_t max_outputs = 1 << 20;

using Clock = std::chrono::steady_clock;

// A command gets the worker's own environment: whoever starts the worker says what it is to see. Not the token.
std::map<std::string, std::string> inherited_environment() {
  std::map<std::string, std::string> environment;
  for (char** entry = environ; *entry; ++entry) {
    std::string_view const text = *entry;
    auto const equals = text.find('=');
    if (equals != text.npos) environment[std::string(text.substr(0, equals))] = text.substr(equals + 1);
  }
  environment.erase("RUNCAST_TOKEN");
  return environment;
}

Awaitable<> sleep(Millis time) {
  asio::steady_timer timer(co_await asio::this_coro::executor, time);
  co_await timer.async_wait(asio::use_awaitable);
}

// A line so full of what JSON has to escape that no message can hold it loses its end.
json::object line_of(SaidLine const& said) {
  auto text = said.text;
  json::object line{{"level", to_string(said.level)}, {"message", text}};
  while (to_json_text(line).size() > max_body + 1024) {
    text = text.substr(0, text.size() / 2);
    while (!text.empty() && (text.back() & 0x80) != 0) text.remove_suffix(1);  // not within a character
    line["message"] = text;
  }
  return line;
}

}  // namespace

JobWork::JobWork(ServerLink& link, Spawner& spawner, WorkSettings const& settings, HeldJob job)
    : link_(link),
      spawner_(spawner),
      settings_(settings),
      job_(std::move(job)),
      lease_ends_(Clock::now() + link.lease()) {}

Awaitable<WorkEnd> JobWork::run() {
  TaskGroup beside(co_await asio::this_coro::executor);
  beside.spawn(keep_lease());
  auto end = WorkEnd::lost;
  auto process = co_await spawner_.spawn(command());
  if (process) {
    kill_ = [&process](Millis grace) { process->terminate(grace); };
    if (lost_ || giving_back_) kill_(Millis{0});
    auto const exit = co_await process->run(
        [this](OutputStream stream, std::span<OutputLine const> lines) { return pass_on(stream, lines); });
    kill_ = nullptr;
    if (exit) {
      end = co_await tell_end(*exit);
    } else if (co_await insist("release", {}) == Verdict::fine) {
      end = WorkEnd::given_back;
    }
  } else if (co_await insist("fail", {{"error", process.error().message}, {"retryable", false}}) == Verdict::fine) {
    end = WorkEnd::failed;
  }
  beside.cancel();
  co_await beside.join();
  std::error_code ignored;
  std::filesystem::remove(output_file(), ignored);
  co_return end;
}

void JobWork::give_back() {
  giving_back_ = true;
  if (kill_) kill_(settings_.kill_grace);
}

std::filesystem::path JobWork::output_file() const {
  return settings_.directory / fmt::format("{}-{}", job_.id, job_.token);
}

Command JobWork::command() const {
  Command command;
  command.argv = settings_.command;
  command.env = inherited_environment();
  command.env["JOB_ID"] = job_.id;
  command.env["JOB_TYPE"] = job_.type;
  command.env["RUN_ID"] = job_.run;
  command.env["STEP_ID"] = job_.step;
  command.env["ATTEMPT"] = std::to_string(job_.attempt);
  command.env["RUN_OUTPUT"] = output_file().string();
  command.attempt_id = fmt::format("{}.{}", job_.id, job_.token);
  command.stdin_content = job_.payload;
  return command;
}

Awaitable<> JobWork::keep_lease() {
  while (!lost_) {
    auto const verdict = co_await link_.heartbeat(job_);
    if (!heed(verdict)) co_return;
    co_await sleep(verdict == Verdict::no_answer ? std::min(retry_pause, link_.heartbeat_interval())
                                                 : link_.heartbeat_interval());
  }
}

// False: the job is not ours any more.
bool JobWork::heed(Verdict verdict) {
  switch (verdict) {
    case Verdict::fine:
    case Verdict::refused:
      lease_ends_ = Clock::now() + link_.lease();
      break;
    case Verdict::no_answer:
      if (Clock::now() >= lease_ends_) lose(Millis{0});
      break;
    case Verdict::stop:
      lose(settings_.kill_grace);
      break;
    case Verdict::lost:
      lose(Millis{0});
      break;
  }
  return !lost_;
}

void JobWork::lose(Millis grace) {
  lost_ = true;
  if (kill_) kill_(grace);
}

Awaitable<Verdict> JobWork::insist(std::string_view what, json::object body) {
  while (!lost_) {
    auto const verdict = co_await link_.tell(job_, what, body);
    if (!heed(verdict)) break;
    if (verdict == Verdict::fine || verdict == Verdict::refused) co_return verdict;
    co_await sleep(retry_pause);
  }
  co_return Verdict::lost;
}

Awaitable<> JobWork::log(json::array lines) {
  if (lines.empty()) co_return;
  json::object body{{"lines", std::move(lines)}};
  co_await insist("logs", std::move(body));
}

// What is said is passed on before more is read, so a command that says too much waits.
Awaitable<> JobWork::pass_on(OutputStream stream, std::span<OutputLine const> lines) {
  json::array said;
  std::size_t bytes = 0;
  std::optional<SaidProgress> progress;
  for (auto const& line : lines) {
    auto const parsed = parse_line(line.text, stream == OutputStream::out ? Level::info : Level::warn);
    if (auto const* text = std::get_if<SaidLine>(&parsed)) {
      auto object = line_of(*text);
      auto const size = to_json_text(object).size();
      if (bytes + size > max_body || said.size() == max_log_lines) {
        co_await log(std::exchange(said, {}));
        bytes = 0;
      }
      bytes += size;
      said.push_back(std::move(object));
    } else {
      progress = std::get<SaidProgress>(parsed);  // of several at once the last one says it all
    }
  }
  co_await log(std::move(said));
  if (!progress) co_return;
  json::object body{{"progress", progress->progress}};
  if (!progress->text.empty()) body["action"] = progress->text;
  co_await insist("progress", std::move(body));
}

Awaitable<WorkEnd> JobWork::tell_end(ExitStatus exit) {
  if (lost_) co_return WorkEnd::lost;
  if (giving_back_ && !exit.success()) {
    co_return co_await insist("release", {}) == Verdict::fine ? WorkEnd::given_back : WorkEnd::lost;
  }
  std::string error;
  if (!exit.success()) {
    error =
        exit.signal.empty() ? fmt::format("exited with code {}", exit.code) : fmt::format("ended by {}", exit.signal);
  }
  auto outputs = take_outputs(output_file(), max_outputs);
  if (error.empty() && !outputs) error = outputs.error().message;
  json::object failure{{"error", error}};
  if (error.empty()) {
    auto result = *outputs ? std::move(**outputs) : json::object();
    auto const verdict = co_await insist("complete", {{"result", std::move(result)}});
    if (verdict != Verdict::refused) co_return verdict == Verdict::fine ? WorkEnd::completed : WorkEnd::lost;
    // The same command would have the same result.
    failure = {{"error", "the server refused the result"}, {"retryable", false}};
  }
  co_return co_await insist("fail", std::move(failure)) == Verdict::fine ? WorkEnd::failed : WorkEnd::lost;
}

}  // namespace runcast::cli
