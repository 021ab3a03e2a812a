#include "handler/sockets/client_session.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <boost/json/object.hpp>

#include "feed/render.hpp"
#include "feed/state_json.hpp"
#include "handler/job_request.hpp"
#include "hub/websocket/frame.hpp"
#include "model/job.hpp"
#include "model/json_parse.hpp"
#include "model/json_text.hpp"
#include "store/store.hpp"

namespace runcast {
namespace {

namespace json = boost::json;

constexpr std::size_t newest_progress = 1000;
constexpr std::string_view accepted_head = R"({"type":"job_accepted")";
constexpr std::string_view ended_head = R"({"type":"complete_job")";

std::int64_t now_ms() { return to_epoch_ms(system_time()); }

void put_request_id(json::object& out, SocketMessage const& message) {
  if (!message.request_id.is_null()) out["request_id"] = message.request_id;
}

// What monitor_json() says, of a job that ended long ago.
void put_row(json::object& out, JobRow const& row, JobReport const& report) {
  out["id"] = row.id;
  out["job_type"] = row.type;
  out["status"] = to_string(row.status);
  out["priority"] = row.priority;
  out["name"] = row.name;
  out["progress"] = report.progress;
  out["attempt"] = row.attempt;
  if (!row.worker.empty()) out["worker_id"] = row.worker;
  out["created_at"] = to_epoch_ms(row.submitted);
  if (report.result) out["result"] = *report.result;
  if (!row.error.empty()) out["error"] = row.error;
}

std::string job_of(std::string_view text) { return std::string(parse_own_json(text).at("job_id").as_string()); }

}  // namespace

ClientSession::ClientSession(ClientServices const& services, Caller caller, MessageSocket& socket)
    : services_(services),
      caller_(std::move(caller)),
      socket_(socket),
      member_(services.conversations, Role::client, socket),
      subscription_(services.feed),
      submissions_(socket) {}

void ClientSession::greet() {
  socket_.send(to_json_text(
      json::object{{"type", "connection_established"}, {"message", "Connected to server"}, {"timestamp", now_ms()}}));
}

Awaitable<> ClientSession::converse(std::string early) {
  greet();
  socket_.spawn(tell());
  co_await socket_.run(std::move(early), [this](std::string text) { return take(std::move(text)); });
}

Awaitable<> ClientSession::stream(std::vector<std::string> jobs, std::optional<std::uint64_t> after) {
  greet();
  socket_.spawn(follow_all(std::move(jobs), after));
  co_await socket_.run("", {});
}

Awaitable<> ClientSession::follow_all(std::vector<std::string> jobs, std::optional<std::uint64_t> after) {
  auto past = co_await begin_to_look_back();
  for (auto const& job : jobs) {
    if (auto const looked = co_await look_back(job, past); !looked) {
      co_return socket_.finish(close_code::internal_error, looked.error().message);
    }
  }
  co_await go_on_from(std::move(past), after.value_or(0));
  ends_ = true;
  if (subscription_.jobs() == 0) co_return socket_.finish(close_code::normal, "all jobs have ended");
  co_await tell();
}

// --- telling ---

Awaitable<> ClientSession::tell() {
  while (co_await socket_.room()) {
    auto const items = co_await subscription_.next();
    if (!items) {
      bool const going = items.error().code == Errc::closed;
      co_return socket_.finish(going ? close_code::going_away : close_code::internal_error, items.error().message);
    }
    for (auto const& item : *items) send(item);
    if (ends_ && subscription_.jobs() == 0) co_return socket_.finish(close_code::normal, "all jobs have ended");
  }
}

void ClientSession::send(FeedItem const& item) {
  if (!request_ids_.empty() && item.json().starts_with(accepted_head)) return send_accepted(item);
  if (socket_.form() == Form::websocket) {
    socket_.send_frames(item.segment, item.framed());
  } else {
    socket_.send(item.json(), fmt::format("{}", item.id));
  }
  if (item.json().starts_with(ended_head)) subscription_.leave(job_of(item.json()));  // nothing comes after it
}

// The one message that is not the same for all: who submitted is told which request it answers.
void ClientSession::send_accepted(FeedItem const& item) {
  auto message = parse_own_json(item.json()).as_object();
  auto const request = request_ids_.find(std::string(message.at("job_id").as_string()));
  if (request != request_ids_.end()) {
    message["request_id"] = request->second;
    request_ids_.erase(request);
  }
  socket_.send(to_json_text(message));
}

// --- what it asks ---

Awaitable<> ClientSession::take(std::string text) {
  auto const message = parse_socket_message(text);
  if (!message) co_return socket_.send(error_message("the message is not understood", message.error(), {}));
  auto request = parse_client_request(*message);
  if (!request) {
    co_return socket_.send(error_message("the message is not understood", request.error(), message->request_id));
  }
  if (!std::holds_alternative<SubmitJob>(*request)) co_await submissions_.all_done();  // it may be about their jobs
  co_await std::visit([&](auto& known) { return handle(std::move(known), *message); }, *request);
}

void ClientSession::refuse(std::string_view what, Error const& error, SocketMessage const& message) {
  socket_.send(error_message(what, error, message.request_id));
}

Awaitable<> ClientSession::handle(SubmitJob job, SocketMessage const& message) {
  return submissions_.begin(fmt::format("{}", ++submitted_), submit(std::move(job), message));
}

Awaitable<> ClientSession::submit(SubmitJob job, SocketMessage message) {
  constexpr std::string_view what = "the job was not accepted";
  if (!caller_.scopes.allow(Scope::submit)) {
    co_return refuse(what, fail(Errc::forbidden, "the token does not allow to submit"), message);
  }
  if (subscription_.jobs() >= most_followed_jobs) {
    co_return refuse(what, fail(Errc::busy, "this connection follows as many jobs as one may"), message);
  }
  auto submission = job_submission(job.body, caller_.name, services_.executor.plans());
  if (!submission) {
    auto faults = submission.error();
    for (auto& fault : faults) {
      if (fault.pointer.starts_with("/type")) fault.pointer.replace(0, 5, "/job_type");
    }
    co_return socket_.send(error_message(what, faults, message.request_id));
  }
  auto const before = services_.feed.board().upto();
  auto const run = co_await services_.executor.submit(std::move(*submission));
  if (!run) co_return refuse(what, run.error(), message);
  if (!message.request_id.is_null()) request_ids_[run->str()] = message.request_id;
  subscription_.follow(run->str(), before);
}

Awaitable<> ClientSession::handle(GetJobStatus get, SocketMessage const& message) {
  co_await send_status(get.job, message);
}

Awaitable<> ClientSession::send_status(std::string const& job, SocketMessage const& message) {
  auto const known = co_await services_.feed.job(job);
  json::object out{{"type", "job_status"}, {"job_id", job}};
  if (known) {
    for (auto& member : monitor_json(*known)) out.insert(std::move(member));
  } else {
    auto const row = co_await services_.executor.queue().job(job);
    if (!row) co_return refuse("there is nothing to tell of the job", row.error(), message);
    auto const report = co_await services_.executor.queue().report(*row, 0);
    if (!report) co_return refuse("there is nothing to tell of the job", report.error(), message);
    put_row(out, *row, *report);
  }
  put_request_id(out, message);
  out["timestamp"] = now_ms();
  socket_.send(to_json_text(out));
}

Awaitable<> ClientSession::handle(FollowJobs wanted, SocketMessage const& message) {
  json::array followed;
  std::unordered_set<std::string_view> named;
  auto past = co_await begin_to_look_back();
  for (auto const& job : wanted.jobs) {
    if (!named.insert(job).second) continue;
    if (subscription_.jobs() + past.live.size() >= most_followed_jobs) {
      refuse(job, fail(Errc::busy, "this connection follows as many jobs as one may"), message);
      break;
    }
    if (auto const looked = co_await look_back(job, past); !looked) {
      refuse(job, looked.error(), message);
    } else {
      followed.emplace_back(job);
    }
  }
  co_await go_on_from(std::move(past), 0);
  json::object out{{"type", "subscribed"}, {"job_ids", std::move(followed)}};
  put_request_id(out, message);
  out["timestamp"] = now_ms();
  socket_.send(to_json_text(out));
}

// A client learns a job's id when the job is there already, so it is told what has happened to it since its beginning,
// then what happens; each once, and nobody waits for the end of a job that has ended.
Awaitable<ClientSession::Past> ClientSession::begin_to_look_back() {
  co_await services_.feed.reach_now();
  co_return Past{services_.feed.board().upto(), {}, {}, {}, {}};
}

Awaitable<Result<void>> ClientSession::look_back(std::string const& job, Past& past) {
  auto const row = co_await services_.executor.queue().job(job);
  if (!row) co_return row.error();
  auto const& id = row->id;  // the one form of it that messages have
  if (subscription_.follows(id) || !past.seen.insert(id).second) co_return Result<void>{};
  auto run = past.runs.find(row->key.run);
  if (run == past.runs.end()) {
    auto histories = co_await job_histories(services_.feed.store(), row->key.run, past.upto);
    if (!histories) co_return histories.error();
    run = past.runs.emplace(row->key.run, std::move(*histories)).first;
  }
  auto const& history = run->second[id];
  past.messages.insert(past.messages.end(), history.begin(), history.end());
  bool const ended = !history.empty() && history.back().ends_job;
  if (!ended) past.live.push_back(id);
  co_return Result<void>{};
}

// In the order of the events, whichever job they are of: a position among them holds for all jobs.
Awaitable<> ClientSession::go_on_from(Past past, std::uint64_t after) {
  past.runs.clear();
  std::ranges::sort(past.messages, {}, &JobMessage::id);
  for (auto const& message : past.messages) {
    if (message.id <= after) continue;
    if (!co_await socket_.room()) co_return;
    socket_.send(message.json, fmt::format("{}", message.id));
  }
  for (auto const& job : past.live) subscription_.follow(job, std::max(past.upto, after));
}

Awaitable<> ClientSession::handle(LeaveJobs leave, SocketMessage const& message) {
  auto const jobs = leave.jobs ? *leave.jobs : subscription_.followed();
  for (auto const& job : jobs) subscription_.leave(job);
  json::object out{{"type", "unsubscribed"}, {"job_ids", json::array(jobs.begin(), jobs.end())}};
  put_request_id(out, message);
  out["timestamp"] = now_ms();
  socket_.send(to_json_text(out));
  co_return;
}

Awaitable<> ClientSession::handle(CancelJob cancel, SocketMessage const& message) {
  constexpr std::string_view what = "the job was not cancelled";
  if (!caller_.scopes.allow(Scope::submit)) {
    co_return refuse(what, fail(Errc::forbidden, "the token does not allow to cancel"), message);
  }
  auto const row = co_await services_.executor.queue().job(cancel.job);
  if (!row) co_return refuse(what, row.error(), message);
  auto const done = co_await cancel_job(services_.executor, *row, caller_.name);
  if (!done) co_return refuse(what, done.error(), message);
  co_await send_status(cancel.job, message);
}

Awaitable<Result<JobHistories>> job_histories(Store& store, RunId run, std::uint64_t upto) {
  auto events = co_await store.read_lifecycle(run);
  if (!events) co_return events.error();
  auto const progress = co_await store.read_progress(run, newest_progress);
  if (!progress) co_return progress.error();
  events->insert(events->end(), progress->begin(), progress->end());
  std::ranges::sort(*events, {}, &Event::id);
  JobHistories histories;
  for (auto const& event : *events) {
    if (event.id > upto) break;
    auto message = client_message(event);
    if (!message) continue;
    histories[message->job].push_back({event.id, std::move(message->json), event.type == EventType::step_complete});
  }
  co_return histories;
}

}  // namespace runcast
