// Who has which job, and for how long.
#include "queue/queue_impl.hpp"

#include <fmt/format.h>

#include "base/duration.hpp"
#include "queue/registry_table.hpp"
#include "store/store.hpp"

namespace runcast {
namespace {

// What nobody waits for, as a worker's turns between idle and busy, may wait as long for company in its transaction: on
// its own it would keep the jobs themselves waiting for the disk.
constexpr Millis changes_wait{5};

Error no_such_worker(std::string_view worker) {
  return fail(Errc::not_found, fmt::format("worker '{}' is not registered", worker));
}

}  // namespace

Queue::Impl::Impl(asio::any_io_executor thread, QueueOptions options, Store& store)
    : thread_(thread),
      options_(options),
      store_(store),
      registry_(options_),
      changes_due_(thread),
      timer_(thread),
      tasks_(thread) {}

Registry::Now Queue::Impl::now() { return {system_time(), Clock::now()}; }

void Queue::Impl::restore(std::vector<WorkerView> workers, std::vector<MachineView> machines) {
  registry_.restore(std::move(workers), std::move(machines), now());
  arm();
}

void Queue::Impl::enter(WorkerIntro intro, Reply<Registration> const& reply) {
  auto const id = intro.id;
  if (auto entered = registry_.enter(std::move(intro), now(), changes_); !entered) return reply(entered.error());
  Registration registration{options_.lease, options_.lease / 3, {}};
  for (auto* job : jobs_of(id)) {
    extend(*job);
    registration.leases.push_back({job->spec, job->token});
  }
  end_waits_of(id);
  write_changes_soon(
      [reply, registration](Result<void> const& stored) { stored ? reply(registration) : reply(stored.error()); });
}

void Queue::Impl::leave(std::string const& worker, std::string reason, bool release, Reply<void> const& reply) {
  if (!registry_.find(worker)) return reply(no_such_worker(worker));
  if (release) {
    for (auto* job : jobs_of(worker)) {
      lose(jobs_.find(job->spec->key), fmt::format("worker {} left: {}", worker, reason));
    }
  }
  registry_.leave(worker, std::move(reason), now(), changes_);
  write_changes_soon(reply);
}

std::vector<Queue::Impl::Job*> Queue::Impl::jobs_of(std::string const& worker) {
  std::vector<Job*> jobs;
  if (auto const found = hands_.find(worker); found != hands_.end()) {
    for (auto const& key : found->second) jobs.push_back(&jobs_.at(key));
  }
  return jobs;
}

Result<void> Queue::Impl::keep(std::string const& worker) {
  if (!registry_.hear(worker, now(), changes_)) return no_such_worker(worker);
  for (auto* job : jobs_of(worker)) extend(*job);
  write_changes_soon();
  return {};
}

// While the server goes, what a worker has is still its own, for the next one to hear of.
Error Queue::Impl::not_yours() const {
  if (closed_) return runcast::fail(Errc::closed, "the server is going");
  return runcast::fail(Errc::conflict, "the job is not in this worker's hands any more");
}

Queue::Impl::Job* Queue::Impl::find(LeaseName const& lease) {
  auto const found = jobs_.find(lease.job);
  if (found == jobs_.end()) return nullptr;
  auto& job = found->second;
  bool const ours = job.phase == Phase::held && job.token == lease.token && job.worker == lease.worker;
  return ours ? &job : nullptr;
}

void Queue::Impl::lose(Jobs::iterator job, std::string why) {
  LeaseName const lease{job->first, job->second.worker, job->second.token};
  auto const owner = job->second.owner;
  drop(job);
  owner->end({.outcome = Outcome::interrupted, .error = std::move(why)}, lease, [](Result<void> const&) {});
}

void Queue::Impl::offer(std::shared_ptr<JobSpec const> spec, std::uint64_t attempt, std::shared_ptr<JobOwner> owner,
                        JobHolder holder, std::unique_ptr<Reservation> reservation) {
  auto& job = jobs_[spec->key];
  job = {.spec = spec, .token = attempt, .owner = std::move(owner), .worker = std::move(holder.worker)};
  if (holder.started) job.start = Start::stored;
  if (reservation) {
    job.phase = Phase::assigning;
    auto const claim = std::static_pointer_cast<Claim>(std::exchange(reservation->claim_, nullptr));
    assigned(claim, {job.spec->key, job.worker, job.token}, {});
  } else if (job.worker.empty()) {
    pending_.add(std::move(spec));
    serve_claims_soon();
  } else {
    registry_.give(job.worker, job.spec->id, changes_);
    hold(job);
    write_changes_soon();
  }
}

void Queue::Impl::withdraw(JobKey const& key, std::string const& reason) {
  auto const found = jobs_.find(key);
  if (found == jobs_.end()) return;
  auto const& job = found->second;
  if (job.phase == Phase::held) {
    auto const worker = job.worker;
    stops_.add(worker, {job.spec->id, job.token, reason}, Clock::now() + 2 * options_.lease);
    for (auto listen = listeners_.begin(); listen != listeners_.end();) {
      auto const next = std::next(listen);
      if ((*listen)->worker == worker) finish(*listen);
      listen = next;
    }
  }
  drop(found);
}

void Queue::Impl::detach(JobKey const& key) {
  if (auto const found = jobs_.find(key); found != jobs_.end()) drop(found);
}

void Queue::Impl::hold(Job& job) {
  job.phase = Phase::held;
  hands_[job.worker].insert(job.spec->key);
  extend(job);
  arm();
}

void Queue::Impl::extend(Job& job) {
  leases_.erase({job.lease_ends, job.spec->key});
  job.lease_ends = Clock::now() + options_.lease;
  leases_.insert({job.lease_ends, job.spec->key});
}

// From here on it is nobody's.
void Queue::Impl::drop(Jobs::iterator found) {
  auto job = std::move(found->second);
  jobs_.erase(found);
  pending_.remove(*job.spec);
  leases_.erase({job.lease_ends, job.spec->key});
  if (auto const hands = hands_.find(job.worker); hands != hands_.end()) {
    hands->second.erase(job.spec->key);
    if (hands->second.empty()) hands_.erase(hands);
  }
  if (job.phase != Phase::waiting) {
    registry_.take(job.worker, job.spec->id, changes_);
    write_changes_soon();
    serve_claims_soon();  // its worker has room now
  }
  for (auto const& reply : job.wait_for_start) reply(not_yours());
}

void Queue::Impl::arm() {
  auto due = registry_.next_due().value_or(SteadyTime::max());
  if (!leases_.empty()) due = std::min(due, leases_.begin()->first);
  if (closed_ || due >= armed_) return;
  armed_ = due;
  timer_.expires_at(due);
  timer_.async_wait([this](sys::error_code error) {
    if (!error) elapse();
  });
}

void Queue::Impl::elapse() {
  armed_ = SteadyTime::max();
  auto const at = now();
  while (!leases_.empty() && leases_.begin()->first <= at.steady) {
    auto const job = jobs_.find(leases_.begin()->second);
    lose(job, fmt::format("worker {} has been silent for {}", job->second.worker, format_duration(options_.lease)));
  }
  registry_.elapse(at, changes_);
  stops_.forget_until(at.steady);
  write_changes_soon();
}

void Queue::Impl::write_changes_soon(Reply<void> done) {
  arm();  // whatever has changed may be due before what was waited for until then
  if (done) {
    wait_for_changes_.push_back(std::move(done));
    changes_due_.cancel();
  }
  if (writing_ || (changes_.empty() && wait_for_changes_.empty())) return;
  writing_ = true;
  tasks_.spawn(write_changes());
}

// One transaction after the other, so that the system's log is in the order of the registry's changes.
Awaitable<> Queue::Impl::write_changes() {
  while (!changes_.empty() || !wait_for_changes_.empty()) {
    if (wait_for_changes_.empty() && !closed_) {
      changes_due_.expires_after(changes_wait);
      co_await changes_due_.async_wait(as_tuple);
    }
    auto const replies = std::exchange(wait_for_changes_, {});
    Result<void> stored;
    if (!changes_.empty()) {
      stored = co_await store_.write([changes = std::exchange(changes_, {}), at = system_time()](WriteTx& tx) {
        return registry_table::store(tx, changes, at);
      });
    }
    for (auto const& reply : replies) reply(stored);
  }
  writing_ = false;
}

Awaitable<> Queue::Impl::stop() {
  closed_ = true;
  timer_.cancel();
  changes_due_.cancel();
  while (!claims_.empty()) finish(claims_.front());
  while (!listeners_.empty()) finish(listeners_.front());
  co_await tasks_.join();
}

}  // namespace runcast
