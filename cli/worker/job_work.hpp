#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "cli/worker/server_link.hpp"
#include "executor/spawn/spawner.hpp"

namespace runcast::cli {

struct WorkSettings {
  std::vector<std::string> command;  // its payload on its standard input
  std::filesystem::path directory;   // for the files that $RUN_OUTPUT names
  Millis kill_grace{5'000};          // between SIGTERM and SIGKILL
};

// How a job ended, as the worker saw it.
enum class WorkEnd { completed, failed, given_back, lost };

// One job's work: a command is run for it, what it says goes to the server, and it is killed with all its processes as
// soon as the job is not the worker's any more: cancelled, given to another, or surely so because no server has
// answered for as long as the lease holds. One executor.
class JobWork {
 public:
  JobWork(ServerLink& link, Spawner& spawner, WorkSettings const& settings, HeldJob job);

  Awaitable<WorkEnd> run();

  // Ends the command; the job is given back.
  void give_back();

  HeldJob const& job() const { return job_; }

 private:
  using SteadyTime = std::chrono::steady_clock::time_point;

  Command command() const;
  std::filesystem::path output_file() const;
  Awaitable<> keep_lease();
  Awaitable<> pass_on(OutputStream stream, std::span<OutputLine const> lines);
  Awaitable<> log(boost::json::array lines);
  Awaitable<WorkEnd> tell_end(ExitStatus exit);
  // Says it until the server has taken or refused it, or the job is lost.
  Awaitable<Verdict> insist(std::string_view what, boost::json::object body);
  bool heed(Verdict verdict);
  void lose(Millis grace);

  ServerLink& link_;
  Spawner& spawner_;
  WorkSettings const& settings_;
  HeldJob job_;
  SteadyTime lease_ends_;
  bool lost_ = false;
  bool giving_back_ = false;
  std::function<void(Millis)> kill_;
};

}  // namespace runcast::cli
