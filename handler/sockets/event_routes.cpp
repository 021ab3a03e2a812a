#include "handler/sockets/event_routes.hpp"

#include <boost/algorithm/string/split.hpp>

#include "handler/params.hpp"
#include "handler/problem.hpp"
#include "handler/sockets/event_query.hpp"
#include "handler/sockets/job_stream.hpp"
#include "handler/sockets/monitor_session.hpp"
#include "handler/upgrade.hpp"

namespace runcast {
namespace {

MessageLimits const limits;

using Converse = std::function<Awaitable<>(std::string id, Caller caller, MessageSocket& socket, std::string early)>;
using Stream = std::function<Awaitable<>(Caller caller, MessageSocket& socket)>;

// The head of an answer with more header lines.
std::string with_lines(std::string head, std::string_view lines) { return head.insert(head.find("\r\n") + 2, lines); }

// --- what becomes of a connection ---

Awaitable<> hold(Converse converse, std::string id, std::string head, Takeover::Taken taken) {
  MessageSocket socket(taken.executor, std::move(taken.transport), Form::websocket,
                       with_lines(head, taken.header_lines), taken.caller.permit, limits);
  co_await converse(std::move(id), std::move(taken.caller), socket, std::move(taken.early));
}

Awaitable<> hold(Stream stream, Takeover::Taken taken) {
  MessageSocket socket(taken.executor, std::move(taken.transport), Form::sse,
                       with_lines(body_head(Form::sse), taken.header_lines), taken.caller.permit, limits);
  co_await stream(std::move(taken.caller), socket);
}

Awaitable<> converse_with_monitor(ClientServices s, std::string id, MessageSocket& socket, std::string early) {
  MonitorSession session(s.feed, s.conversations, std::move(id), socket);
  co_await session.converse(std::move(early));
}

Awaitable<> converse_with_client(ClientServices s, Caller caller, MessageSocket& socket, std::string early) {
  ClientSession session(s, std::move(caller), socket);
  co_await session.converse(std::move(early));
}

Awaitable<> converse_with_worker(ClientServices s, std::shared_ptr<WorkerConnections> all, std::string id,
                                 MessageSocket& socket, std::string early) {
  WorkerSession session(s.executor.queue(), s.conversations, *all, std::move(id), socket);
  co_await session.converse(std::move(early));
}

Awaitable<> stream_to_monitor(ClientServices s, std::string id, MonitorFilter filter, std::optional<FeedPosition> after,
                              MessageSocket& socket) {
  MonitorSession session(s.feed, s.conversations, std::move(id), socket);
  co_await session.stream(std::move(filter), after);
}

Awaitable<> stream_to_client(ClientServices s, Caller caller, std::vector<std::string> jobs,
                             std::optional<std::uint64_t> after, MessageSocket& socket) {
  ClientSession session(s, std::move(caller), socket);
  co_await session.stream(std::move(jobs), after);
}

Awaitable<> stream_jobs(ClientServices s, std::optional<FeedPosition> after, MessageSocket& socket) {
  JobStream stream(s, socket);
  co_await stream.stream(after);
}

// --- what is answered first ---

// A WebSocket below a path that ends with the peer's id; a peer without one is given one.
Awaitable<Reply> open_websocket(Converse const& converse, Request& request) {
  if (!wants_websocket(request)) {
    auto answer = problem(426, "this is a WebSocket");
    answer.headers = {{"Upgrade", "websocket"}, {"Sec-WebSocket-Version", "13"}};
    co_return answer;
  }
  auto id = request.captures.empty() ? next_ulid().str() : request.captures.at(0);
  if (!is_peer_id(id)) co_return problem(400, "an id has 1 to 128 characters of printable ASCII, no quotes");
  auto head = accept_upgrade(request);
  if (!head) co_return head.error();
  co_return Takeover{Form::websocket, [converse, id = std::move(id), head = std::move(*head)](Takeover::Taken taken) {
                       return hold(converse, id, head, std::move(taken));
                     }};
}

Handler websocket(Converse converse) {
  return [converse = std::move(converse)](Request& request) { return open_websocket(converse, request); };
}

// A body of server-sent events.
Reply event_stream(Request const& request, Stream stream) {
  if (request.version < 11) return problem(426, "a stream needs HTTP/1.1");
  if (request.method == "HEAD") return head_of_body(Form::sse);
  return Takeover{Form::sse,
                  [stream = std::move(stream)](Takeover::Taken taken) { return hold(stream, std::move(taken)); }};
}

Awaitable<Reply> monitor_stream(ClientServices const& services, Request& request) {
  auto filter = monitor_filter_of(request);
  if (!filter) co_return problem(400, "the parameters are not understood", filter.error());
  auto const after = position_of(request);
  if (!after) co_return problem(after.error());
  auto const id = request.param("monitor_id").value_or(next_ulid().str());
  co_return event_stream(request, [=](Caller const&, MessageSocket& socket) {
    return stream_to_monitor(services, id, *filter, *after, socket);
  });
}

// Whether all of the jobs, which must be there, had ended by the event.
Awaitable<Result<bool>> all_told(ClientServices const& services, std::vector<std::string> const& jobs,
                                 std::uint64_t upto) {
  bool told = upto > 0;
  std::unordered_map<RunId, JobHistories> runs;
  for (auto const& job : jobs) {
    auto const row = co_await services.executor.queue().job(job);
    if (!row) co_return row.error();
    if (told && !runs.contains(row->key.run)) {
      auto histories = co_await job_histories(services.feed.store(), row->key.run, upto);
      if (!histories) co_return histories.error();
      runs.emplace(row->key.run, std::move(*histories));
    }
    auto const* history = told ? &runs.at(row->key.run)[row->id] : nullptr;
    told = history && !history->empty() && history->back().ends_job;
  }
  co_return told;
}

Awaitable<Reply> client_stream(ClientServices const& services, Request& request) {
  auto after = position_of(request);
  if (!after) co_return problem(after.error());
  auto const jobs = jobs_of(request);
  if (!jobs) co_return problem(jobs.error());
  // A position that is still to come was taken back by a restored backup: all is told again.
  co_await services.feed.reach_now();
  if (*after && (*after)->id > services.feed.board().upto()) after->reset();
  auto const told = co_await all_told(services, *jobs, *after ? (*after)->id : 0);
  if (!told) co_return problem(told.error());
  if (*told) co_return Answer{204, "", ""};  // an EventSource is not to come again
  std::optional<std::uint64_t> const from = *after ? std::optional((*after)->id) : std::nullopt;
  co_return event_stream(request, [=](Caller caller, MessageSocket& socket) {
    return stream_to_client(services, std::move(caller), *jobs, from, socket);
  });
}

Awaitable<Reply> job_stream(ClientServices const& services, Request& request) {
  auto const after = position_of(request);
  if (!after) co_return problem(after.error());
  co_return event_stream(request,
                         [=](Caller const&, MessageSocket& socket) { return stream_jobs(services, *after, socket); });
}

}  // namespace

void add_event_routes(Router& router, ClientServices const& services) {
  auto const monitor = websocket([services](std::string id, Caller const&, MessageSocket& socket, std::string early) {
    return converse_with_monitor(services, std::move(id), socket, std::move(early));
  });
  auto const client =
      websocket([services](std::string const&, Caller caller, MessageSocket& socket, std::string early) {
        return converse_with_client(services, std::move(caller), socket, std::move(early));
      });
  auto const connections = std::make_shared<WorkerConnections>();
  auto const worker =
      websocket([services, connections](std::string id, Caller const&, MessageSocket& socket, std::string early) {
        return converse_with_worker(services, connections, std::move(id), socket, std::move(early));
      });
  auto const with_services = [&services](Awaitable<Reply> (*stream)(ClientServices const&, Request&)) {
    return [services, stream](Request& request) { return stream(services, request); };
  };
  for (std::string const end : {"", "/{}"}) {
    router.add("GET", "/ws/monitor" + end, monitor, Scope::read);
    router.add("GET", "/ws/client" + end, client, Scope::read);
  }
  router.add("GET", "/ws/worker/{}", worker, Scope::work);
  router.add("GET", "/api/events/monitor", with_services(monitor_stream), Scope::read);
  router.add("GET", "/api/events/client", with_services(client_stream), Scope::read);
  router.add("GET", "/api/jobs/stream", with_services(job_stream), Scope::read);
  router.add("GET", "/api/events", EventQuery(services.feed), Scope::read);
}

}  // namespace runcast
