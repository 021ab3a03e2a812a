#include "executor/command_setup.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

#include <fmt/format.h>

#include "base/utf8.hpp"
#include "executor/line.hpp"
#include "executor/spawn/owned_fd.hpp"
#include "model/inputs.hpp"
#include "model/template.hpp"

namespace runcast {

namespace fs = std::filesystem;

std::string RunDirectory::outputs(Attempt const& attempt) const {
  return fmt::format("{}/outputs-{}-{}", root_.native(), attempt.step, attempt.number);
}

Result<void> RunDirectory::create() const {
  std::error_code error;
  fs::create_directories(work(), error);
  if (error) return fail(Errc::io, fmt::format("cannot make {}: {}", work().string(), error.message()));
  return {};
}

void RunDirectory::remove_if_empty() const {
  std::error_code not_empty;
  fs::remove(work(), not_empty);
  fs::remove(root_, not_empty);
}

std::map<std::string, std::string> base_environment() {
  std::map<std::string, std::string> base{{"PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"}};
  for (auto const* name :
       {"PATH", "HOME", "USER", "LOGNAME", "SHELL", "TMPDIR", "TZ", "LANG", "LANGUAGE", "LC_ALL", "LC_CTYPE"}) {
    if (auto const* value = std::getenv(name)) base[name] = value;
  }
  return base;
}

namespace {

Result<void> add_rendered(std::map<std::string, std::string>& env, std::vector<Variable> const& variables,
                          ExpressionContext const& context) {
  for (auto const& variable : variables) {
    auto value = render_text(variable.value, context);
    if (!value) return value.error();
    env[variable.name] = std::move(*value);
  }
  return {};
}

void add(std::map<std::string, std::string>& env, std::vector<Variable> variables) {
  for (auto& variable : variables) env[variable.name] = std::move(variable.value);
}

}  // namespace

Result<Command> command_for(StepContext const& context, Attempt const& attempt, RunDirectory const& directory,
                            std::map<std::string, std::string> const& base) {
  auto const& state = context.state();
  auto const& definition = state.definition(attempt.step);
  auto const& action = std::get<RunAction>(definition.action);
  auto const run_id = state.run().str();

  Command command;
  if (auto const* script = std::get_if<std::string>(&action.command)) {
    command.script = *script;
  } else {
    command.argv = std::get<std::vector<std::string>>(action.command);
  }
  command.shell = action.shell;
  auto const& own = action.working_directory;
  command.working_directory =
      own.empty() ? directory.work().native() : (directory.work() / own).lexically_normal().native();
  command.attempt_id = fmt::format("{}.{}.{}", run_id, attempt.step_id, attempt.number);
  command.env = base;
  if (auto added = add_rendered(command.env, state.plan().workflow().env, context); !added) return added.error();
  if (auto added = add_rendered(command.env, definition.env, context); !added) return added.error();
  add(command.env, variables_for("INPUT_", state.inputs()));
  if (auto const& matrix = state.step(attempt.step).matrix) add(command.env, variables_for("MATRIX_", *matrix));
  command.env["RUN_ID"] = run_id;
  command.env["STEP_ID"] = attempt.step_id;
  command.env["ATTEMPT"] = std::to_string(attempt.number);
  command.env["RUN_OUTPUT"] = directory.outputs(attempt);
  return command;
}

namespace {

// A step may have put anything in its place: nothing but a plain file is read, and nothing is waited for.
Result<std::string> read_regular_file(OwnedFd const& fd, std::size_t max_bytes) {
  struct stat status{};
  if (::fstat(fd.get(), &status) != 0 || !S_ISREG(status.st_mode)) {
    return fail(Errc::invalid, "$RUN_OUTPUT is no regular file any more");
  }
  if (static_cast<std::size_t>(status.st_size) > max_bytes) {
    return fail(Errc::too_large, fmt::format("$RUN_OUTPUT holds more than {} bytes", max_bytes));
  }
  std::string text(static_cast<std::size_t>(status.st_size), '\0');
  auto const size = ::read(fd.get(), text.data(), text.size());
  if (size < 0) return fail(Errc::io, fmt::format("cannot read $RUN_OUTPUT: {}", std::strerror(errno)));
  text.resize(static_cast<std::size_t>(size));
  return text;
}

}  // namespace

Result<std::optional<boost::json::object>> take_outputs(std::string const& file, std::size_t max_bytes) {
  OwnedFd const fd(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW));
  if (!fd && errno == ENOENT) return std::optional<boost::json::object>{};
  if (!fd) return fail(Errc::invalid, fmt::format("cannot open $RUN_OUTPUT: {}", std::strerror(errno)));
  ::unlink(file.c_str());
  auto const text = read_regular_file(fd, max_bytes);
  if (!text) return text.error();
  std::string utf8;
  append_as_utf8(utf8, *text);
  auto outputs = parse_outputs(utf8);
  if (!outputs) return outputs.error();
  if (outputs->empty()) return std::optional<boost::json::object>{};
  return std::optional(std::move(*outputs));
}

}  // namespace runcast
