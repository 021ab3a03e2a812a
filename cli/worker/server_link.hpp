#pragma once

#include <optional>
#include <string>
#include <vector>

#include <boost/json/object.hpp>

#include "cli/net/keep_alive_client.hpp"
#include "cli/refusal.hpp"

namespace runcast::cli {

// What a worker says of itself.
struct WorkerProfile {
  std::string id;
  std::string machine;
  std::string hostname;
  std::vector<std::string> types;  // at least one
  boost::json::object capabilities;
  int concurrency = 1;
};

// A job that was handed to it.
struct HeldJob {
  std::string id;
  std::string type;
  std::string run;
  std::string step;
  std::string payload;  // JSON
  std::int64_t token = 0;
  std::int64_t attempt = 0;
};

// What the server answers about a job in the worker's hands.
enum class Verdict {
  fine,
  stop,       // it was cancelled
  lost,       // it is not in the worker's hands any more
  refused,    // the message itself is not accepted
  no_answer,  // no server, or one that cannot answer now
};

// The worker's half of its talk with the server; one executor.
class ServerLink {
 public:
  ServerLink(ServerUrl server, std::string token, WorkerProfile profile);

  // The ids and tokens of jobs that the server believes to be in the worker's hands. Learns lease() and heartbeat().
  Awaitable<OrRefusal<std::vector<HeldJob>>> enter();
  // At most `max` jobs, as soon as there is one or after `wait`.
  Awaitable<OrRefusal<std::vector<HeldJob>>> claim(std::size_t max, Millis wait);
  // Gives everything back and says good-bye.
  Awaitable<> leave();

  Awaitable<Verdict> heartbeat(HeldJob const& job);
  // One of progress, logs, complete, fail, release; `body` gets the token.
  Awaitable<Verdict> tell(HeldJob const& job, std::string_view what, boost::json::object body);

  Millis lease() const { return lease_; }
  Millis heartbeat_interval() const { return heartbeat_; }
  WorkerProfile const& profile() const { return profile_; }

 private:
  Awaitable<OrRefusal<boost::json::object>> post(std::string path, boost::json::object body, Millis timeout);
  std::string path(std::string_view rest) const;

  KeepAliveClient client_;
  WorkerProfile profile_;
  Millis lease_{30'000};
  Millis heartbeat_{10'000};
};

}  // namespace runcast::cli
