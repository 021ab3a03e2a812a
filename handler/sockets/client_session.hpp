#pragma once

#include <string>
#include <unordered_map>
#include <unordered_set>

#include "executor/executor.hpp"
#include "feed/subscription.hpp"
#include "feed/system_feed.hpp"
#include "handler/http.hpp"
#include "handler/sockets/client_message.hpp"
#include "handler/sockets/conversations.hpp"
#include "handler/sockets/in_flight.hpp"
#include "hub/message_socket.hpp"
#include "queue/queue.hpp"

namespace runcast {

// What clients' connections work with. All of it outlives them.
struct ClientServices {
  SystemFeed& feed;
  Executor& executor;
  Conversations& conversations;
};

// What a client is told of the jobs of a run, from their beginning to event `upto`, by their ids; of progress, the
// newest thousand of the run.
struct JobMessage {
  std::uint64_t id = 0;  // its event's
  std::string json;
  bool ends_job = false;
};
using JobHistories = std::unordered_map<std::string, std::vector<JobMessage>>;
Awaitable<Result<JobHistories>> job_histories(Store& store, RunId run, std::uint64_t upto);

// A client's connection: a WebSocket on which it submits jobs and asks for them, or server-sent events of the jobs that
// its URL names. It hears of its jobs only. Contract: "Jobs, clients, monitors, workers". On the connection's thread.
class ClientSession {
 public:
  ClientSession(ClientServices const& services, Caller caller, MessageSocket& socket);

  // Until the connection ends: does what the client asks.
  Awaitable<> converse(std::string early);

  // Until all of the jobs have ended: tells of them from event `after` on, or from their beginning.
  Awaitable<> stream(std::vector<std::string> jobs, std::optional<std::uint64_t> after);

 private:
  Awaitable<> take(std::string text);
  Awaitable<> handle(SubmitJob job, SocketMessage const& message);
  Awaitable<> submit(SubmitJob job, SocketMessage message);
  Awaitable<> handle(GetJobStatus get, SocketMessage const& message);
  Awaitable<> handle(FollowJobs follow, SocketMessage const& message);
  Awaitable<> handle(LeaveJobs leave, SocketMessage const& message);
  Awaitable<> handle(CancelJob cancel, SocketMessage const& message);

  Awaitable<> follow_all(std::vector<std::string> jobs, std::optional<std::uint64_t> after);

  // What has happened to jobs up to an event, and those of them that have not ended then.
  struct Past {
    std::uint64_t upto = 0;
    std::vector<JobMessage> messages;
    std::vector<std::string> live;
    std::unordered_set<std::string> seen;          // all of them
    std::unordered_map<RunId, JobHistories> runs;  // that were looked at
  };
  Awaitable<Past> begin_to_look_back();
  Awaitable<Result<void>> look_back(std::string const& job, Past& past);
  Awaitable<> go_on_from(Past past, std::uint64_t after);

  Awaitable<> send_status(std::string const& job, SocketMessage const& message);
  Awaitable<> tell();
  void send(FeedItem const& item);
  void send_accepted(FeedItem const& item);
  void refuse(std::string_view what, Error const& error, SocketMessage const& message);
  void greet();

  ClientServices services_;
  Caller caller_;
  MessageSocket& socket_;
  Conversations::Member member_;
  ClientSubscription subscription_;
  InFlight submissions_;
  std::uint64_t submitted_ = 0;
  std::unordered_map<std::string, boost::json::value> request_ids_;  // of jobs whose acceptance is not told yet
  bool ends_ = false;                                                // once nothing is followed any more: a stream
};

}  // namespace runcast
