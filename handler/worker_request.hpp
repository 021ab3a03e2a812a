#pragma once

#include <string>

#include <boost/json/object.hpp>

#include "model/fault.hpp"
#include "queue/types.hpp"

// What workers send, checked. Each member may be written in camelCase or in snake_case; faults point into what was
// sent. Members that carry the message itself (`type` of a socket's message, `requestId`) are the caller's: `also`
// names those to be passed over.
namespace runcast {

using Names = std::vector<std::string_view>;

inline constexpr std::size_t max_log_lines = 10'000;  // in one message
inline constexpr std::size_t max_claimed = 1000;      // jobs at once

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
Checked<WorkerIntro> read_intro(boost::json::object const& body, std::string worker, Names const& also = {});
Checked<ClaimRequest> read_claim(boost::json::object const& body, std::string worker, Names const& also = {});
Checked<std::uint64_t> read_token(boost::json::object const& body, Names const& also = {});
Checked<ProgressReport> read_progress(boost::json::object const& body, Names const& also = {});
Checked<LogReport> read_log(boost::json::object const& body, Names const& also = {});
// A result that is no object becomes the member `result` of one.
Checked<CompletionReport> read_completion(boost::json::object const& body, Names const& also = {});
Checked<FailureReport> read_failure(boost::json::object const& body, Names const& also = {});

// What a worker may be called: 1 to 128 characters, letters, digits and `_ . : @ -`.
bool is_worker_name(std::string_view text);

}  // namespace runcast
