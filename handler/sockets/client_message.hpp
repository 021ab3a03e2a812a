#pragma once

#include <variant>

#include "handler/sockets/socket_message.hpp"

// What a client may say, parsed. Pure.
namespace runcast {

struct SubmitJob {
  boost::json::object body;  // as POST /api/jobs takes it
};

struct GetJobStatus {
  std::string job;
};

struct FollowJobs {
  std::vector<std::string> jobs;
};

struct LeaveJobs {
  std::optional<std::vector<std::string>> jobs;  // absent: all
};

struct CancelJob {
  std::string job;
};

using ClientRequest = std::variant<SubmitJob, GetJobStatus, FollowJobs, LeaveJobs, CancelJob>;

Checked<ClientRequest> parse_client_request(SocketMessage const& message);

// Jobs that one client may follow.
inline constexpr std::size_t most_followed_jobs = 10'000;

}  // namespace runcast
