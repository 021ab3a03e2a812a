#include "handler/sockets/worker_session.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "handler/worker_request.hpp"
#include "hub/websocket/frame.hpp"
#include "model/job.hpp"
#include "model/json_parse.hpp"
#include "model/json_text.hpp"

namespace runcast {
namespace {

namespace json = boost::json;

constexpr Millis longest_wait{60'000};

constexpr std::array<std::string_view, 9> types{"register", "claim", "heartbeat", "progress", "logs",
                                                "complete", "fail",  "release",   "goodbye"};

bool is_known(std::string_view type) { return std::ranges::find(types, type) != types.end(); }

Checked<LeaseName> lease_of(SocketMessage const& message, std::string const& worker) {
  FaultLog log(10);
  JsonMembers members(message.members, Place(""), log);
  LeaseName lease;
  lease.worker = worker;
  auto const node = members.require("job_id");
  if (auto const id = node ? node->text() : std::nullopt) {
    auto const key = parse_job_id(*id);
    if (key) lease.job = *key;
    if (!key) node->fault("is no id of a job");
  }
  if (!log.empty()) return log.take();
  return lease;
}

json::object to_json(JobLease const& lease, Millis duration) {
  auto const& job = *lease.job;
  return {{"id", job.id},
          {"job_type", job.type},
          {"name", job.name},
          {"payload", parse_own_json(job.payload)},
          {"priority", job.priority},
          {"requirements", job.requirements},
          {"token", lease.token},
          {"attempt", lease.token},
          {"lease_ms", duration.count()},
          {"run_id", job.key.run.str()},
          {"step_id", job.key.step}};
}

json::array to_json(std::vector<JobLease> const& leases, Millis duration) {
  json::array out;
  for (auto const& lease : leases) out.push_back(to_json(lease, duration));
  return out;
}

}  // namespace

std::uint64_t WorkerConnections::take(std::string const& worker) {
  std::lock_guard lock(mutex_);
  return current_[worker] = ++last_;
}

bool WorkerConnections::speaks(std::string const& worker, std::uint64_t connection) const {
  std::lock_guard lock(mutex_);
  auto const found = current_.find(worker);
  return found != current_.end() && found->second == connection;
}

bool WorkerConnections::give_up(std::string const& worker, std::uint64_t connection) {
  std::lock_guard lock(mutex_);
  auto const found = current_.find(worker);
  if (found == current_.end() || found->second != connection) return false;
  current_.erase(found);
  return true;
}

WorkerSession::WorkerSession(Queue& queue, Conversations& conversations, WorkerConnections& connections,
                             std::string worker, MessageSocket& socket)
    : queue_(queue),
      connections_(connections),
      worker_(std::move(worker)),
      socket_(socket),
      member_(conversations, Role::worker, socket),
      connection_(connections.take(worker_)),
      in_flight_(socket) {}

Awaitable<> WorkerSession::converse(std::string early) {
  reply({{"type", "connection_established"}, {"message", "Connected to server"}, {"worker_id", worker_}}, {});
  std::exception_ptr failure;
  try {
    co_await socket_.run(std::move(early), [this](std::string text) { return take(std::move(text)); });
  } catch (...) {
    failure = std::current_exception();
  }
  co_await asio::this_coro::reset_cancellation_state();
  bool const last = connections_.give_up(worker_, connection_);
  if (last && registered_) co_await queue_.leave(worker_, "the connection was lost", false);
  if (failure) std::rethrow_exception(failure);
}

Awaitable<> WorkerSession::take(std::string text) {
  auto message = parse_socket_message(text);
  if (!message) co_return misunderstood(message.error(), {});
  if (!is_known(message->type)) co_return misunderstood(unknown_type(message->type, types), *message);
  if (!connections_.speaks(worker_, connection_)) {
    co_return socket_.finish(close_code::policy_violation, "another connection speaks for this worker");
  }
  if (message->type == "register") co_return co_await enter(*message);
  if (!registered_) {
    co_return refuse(fail(Errc::conflict, "the worker is not registered on this connection"), *message);
  }
  if (message->type == "claim") co_return co_await claim(*message);
  if (message->type == "goodbye") co_return co_await leave();
  auto const* job = message->members.if_contains("job_id");
  std::string about(job && job->is_string() ? std::string_view(job->get_string()) : "");
  auto task = message->type == "heartbeat" ? heartbeat(std::move(*message)) : report(std::move(*message));
  co_await in_flight_.begin(std::move(about), std::move(task));
}

// --- what it gets ---

void WorkerSession::reply(json::object out, SocketMessage const& message) {
  if (!message.request_id.is_null()) out["request_id"] = message.request_id;
  out["timestamp"] = to_epoch_ms(system_time());
  socket_.send(to_json_text(out));
}

void WorkerSession::refuse(Error const& error, SocketMessage const& message) {
  socket_.send(error_message(fmt::format("{} was refused", message.type), error, message.request_id));
}

void WorkerSession::misunderstood(Faults const& faults, SocketMessage const& message) {
  socket_.send(error_message("the message is not understood", faults, message.request_id));
}

Awaitable<> WorkerSession::tell_stops() {
  while (co_await socket_.room() && connections_.speaks(worker_, connection_)) {
    auto const orders = co_await queue_.stops(worker_, longest_wait);
    if (!orders) co_return;
    for (auto const& order : *orders) {
      reply({{"type", "cancel_job"}, {"job_id", order.job_id}, {"token", order.token}, {"reason", order.reason}}, {});
    }
  }
}

// --- what it says ---

Awaitable<> WorkerSession::enter(SocketMessage const& message) {
  auto intro = read_intro(message.members, worker_, Others::pass_over);
  if (!intro) co_return misunderstood(intro.error(), message);
  auto const registration = co_await queue_.enter(std::move(*intro));
  if (!registration) co_return refuse(registration.error(), message);
  if (!std::exchange(registered_, true)) socket_.spawn(tell_stops());
  reply({{"type", "registered"},
         {"worker_id", worker_},
         {"lease_ms", registration->lease.count()},
         {"heartbeat_ms", registration->heartbeat.count()},
         {"jobs", to_json(registration->leases, registration->lease)}},
        message);
}

// Waiting for a job must not keep other messages waiting.
Awaitable<> WorkerSession::claim(SocketMessage const& message) {
  auto request = read_claim(message.members, worker_, Others::pass_over);
  if (!request) co_return misunderstood(request.error(), message);
  if (std::exchange(claiming_, true)) {
    co_return refuse(fail(Errc::busy, "an earlier claim is not answered yet"), message);
  }
  socket_.spawn(wait_for_jobs(std::move(*request), message));
}

// Without `wait_ms` it is answered when there is a job, however long that takes.
Awaitable<> WorkerSession::wait_for_jobs(ClaimRequest request, SocketMessage message) {
  bool const patient = !message.members.contains("wait_ms") && !message.members.contains("waitMs");
  if (patient) request.wait = longest_wait;
  auto leases = co_await queue_.claim(request);
  while (patient && leases && leases->empty() && connections_.speaks(worker_, connection_)) {
    leases = co_await queue_.claim(request);
  }
  claiming_ = false;
  if (!leases) co_return refuse(leases.error(), message);
  reply({{"type", "jobs"}, {"jobs", to_json(*leases, queue_.options().lease)}}, message);
}

// Of one job, or of all that it has.
Awaitable<> WorkerSession::heartbeat(SocketMessage message) {
  if (!message.members.contains("job_id")) {
    auto const kept = co_await queue_.keep(worker_);
    if (!kept) co_return refuse(kept.error(), message);
    co_return reply({{"type", "heartbeat_ack"}, {"worker_id", worker_}}, message);
  }
  auto lease = lease_of(message, worker_);
  if (!lease) co_return misunderstood(lease.error(), message);
  auto const token = read_token(message.members, Others::pass_over);
  if (!token) co_return misunderstood(token.error(), message);
  lease->token = *token;
  auto const stop = co_await queue_.heartbeat(*lease);
  if (!stop) co_return refuse(stop.error(), message);
  json::object out{{"type", "heartbeat_ack"}, {"job_id", message.members.at("job_id")}, {"cancel", stop->has_value()}};
  if (*stop) out["reason"] = (*stop)->reason;
  reply(std::move(out), message);
}

Awaitable<> WorkerSession::leave() {
  co_await in_flight_.all_done();
  registered_ = false;
  co_await queue_.leave(worker_, "it said good-bye", true);
  socket_.finish(close_code::normal, "good-bye");
}

Awaitable<> WorkerSession::report(SocketMessage message) {
  auto lease = lease_of(message, worker_);
  if (!lease) co_return misunderstood(lease.error(), message);
  auto const stored = co_await store(message, std::move(*lease));
  if (!stored) co_return misunderstood(stored.error(), message);
  if (!*stored) co_return refuse(stored->error(), message);
  reply({{"type", "ack"}, {"of", message.type}, {"job_id", message.members.at("job_id")}}, message);
}

Awaitable<Checked<Result<void>>> WorkerSession::store(SocketMessage const& message, LeaseName lease) {
  auto const& body = message.members;
  if (message.type == "progress") {
    auto said = read_progress(body, Others::pass_over);
    if (!said) co_return said.error();
    lease.token = said->token;
    co_return co_await queue_.progress(lease, said->progress, std::move(said->action));
  }
  if (message.type == "logs") {
    auto said = read_log(body, Others::pass_over);
    if (!said) co_return said.error();
    lease.token = said->token;
    co_return co_await queue_.log(lease, std::move(said->lines));
  }
  if (message.type == "complete") {
    auto said = read_completion(body, Others::pass_over);
    if (!said) co_return said.error();
    lease.token = said->token;
    co_return co_await queue_.complete(lease, std::move(said->result));
  }
  if (message.type == "fail") {
    auto said = read_failure(body, Others::pass_over);
    if (!said) co_return said.error();
    lease.token = said->token;
    co_return co_await queue_.fail(lease, std::move(said->error), said->retryable);
  }
  auto const token = read_token(body, Others::pass_over);
  if (!token) co_return token.error();
  lease.token = *token;
  co_return co_await queue_.release(lease, "it was asked to");
}

}  // namespace runcast
