#pragma once

#include <string>

#include <boost/json/object.hpp>

#include "model/fault.hpp"
#include "queue/types.hpp"

// What workers send, checked. Each member may be written in camelCase or in snake_case; faults point into what was
// sent.
namespace runcast {

// What is done with members that mean nothing here: a body over HTTP is refused for them, a socket's message, which has
// members around what it says, is not.
enum class Others { refuse, pass_over };

inline constexpr std::size_t max_claimed = 1000;  // jobs at once

struct ProgressReport {
  std::uint64_t token = 0;
  double progress = 0;  // 0 to 1
  std::optional<std::string> action;
};

struct FailureReport {
  std::uint64_t token = 0;
  std::string error;
  bool retryable = true;
};

struct CompletionReport {
  std::uint64_t token = 0;
  boost::json::object result;
};

struct LogReport {
  std::uint64_t token = 0;
  std::vector<JobLine> lines;
};

// The id of the worker stands in the address, or in the connection. Without a machine, the worker is its own.
Checked<WorkerIntro> read_intro(boost::json::object const& body, std::string worker, Others others = Others::refuse);
Checked<ClaimRequest> read_claim(boost::json::object const& body, std::string worker, Others others = Others::refuse);
Checked<std::uint64_t> read_token(boost::json::object const& body, Others others = Others::refuse);
Checked<ProgressReport> read_progress(boost::json::object const& body, Others others = Others::refuse);
Checked<LogReport> read_log(boost::json::object const& body, Others others = Others::refuse);
// A result that is no object becomes the member `result` of one.
Checked<CompletionReport> read_completion(boost::json::object const& body, Others others = Others::refuse);
Checked<FailureReport> read_failure(boost::json::object const& body, Others others = Others::refuse);

}  // namespace runcast
