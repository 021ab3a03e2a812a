#pragma once

#include <filesystem>
#include <map>
#include <string>

#include "executor/attempt.hpp"
#include "executor/spawn/command.hpp"
#include "executor/step_context.hpp"

namespace runcast {

// Where the commands of one run work, under the server's data directory: DATA/runs/RUN.
class RunDirectory {
 public:
  RunDirectory(std::filesystem::path const& data_dir, RunId run)
      : root_((data_dir / "runs" / run.str()).lexically_normal()), work_(root_ / "work") {}

  // The working directory of all steps of the run that name no other, and what relative ones are relative to.
  std::filesystem::path const& work() const { return work_; }
  // The file that $RUN_OUTPUT names for one attempt.
  std::string outputs(Attempt const& attempt) const;

  Result<void> create() const;
  // Takes away what is empty: files that steps left in the working directory are kept.
  void remove_if_empty() const;

 private:
  std::filesystem::path root_;
  std::filesystem::path work_;
};

// What every command's environment begins with: of the server's own, only what programs cannot do without.
std::map<std::string, std::string> base_environment();

// The command of a `run` step's attempt. Later variables go before earlier ones of the same name: the base, the
// workflow's, the step's, then INPUT_…, MATRIX_…, RUN_ID, STEP_ID, ATTEMPT and RUN_OUTPUT. invalid: a template that
// cannot be filled in.
Result<Command> command_for(StepContext const& context, Attempt const& attempt, RunDirectory const& directory,
                            std::map<std::string, std::string> const& base);

// Reads, parses and removes the file that $RUN_OUTPUT named; nothing where the command wrote none. invalid, too_large.
Result<std::optional<boost::json::object>> take_outputs(std::string const& file, std::size_t max_bytes);

}  // namespace runcast
