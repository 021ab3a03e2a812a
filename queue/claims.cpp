// Workers that ask for jobs, or wait to be told to stop.
#include <algorithm>

#include <fmt/format.h>

#include "queue/queue_impl.hpp"
#include "queue/requirements.hpp"

namespace runcast {
namespace {

// Of those that wait, for one job; if none of them wants it, it waits like any other until all have been asked.
constexpr int most_looked_at = 64;

// Answers whoever waits for it.
template <class Wait, class Given>
void answer(Wait& wait, Given&& given) {
  wait.over = true;
  wait.set(std::forward<Given>(given));
  wait.wake();
}

}  // namespace

void Queue::Impl::claim(std::shared_ptr<Claim> claim) {
  if (claim->abandoned) return;
  if (closed_) return answer(*claim, not_yours());
  if (!registry_.hear(claim->request.worker, now(), changes_)) {
    return answer(*claim,
                  runcast::fail(Errc::not_found, fmt::format("worker '{}' is not registered", claim->request.worker)));
  }
  write_changes_soon();
  claim->until = Clock::now() + claim->request.wait;
  if (claim->request.types.empty()) claim->request.types = registry_.find(claim->request.worker)->intro.types;
  if (!serve(claim)) wait_for_jobs(std::move(claim));
}

// Takes jobs for the worker. False: there is none for it, or it has no room.
bool Queue::Impl::serve(std::shared_ptr<Claim> const& claim) {
  auto const* worker = registry_.find(claim->request.worker);
  if (!worker || closed_) return false;
  auto const room = static_cast<std::size_t>(worker->intro.concurrency);
  auto left = std::min(claim->request.max, room - std::min(room, worker->jobs.size()));
  std::vector<PendingJobs::Job> found;
  for (; left > 0; --left) {
    auto job = pending_.take(claim->request.types, worker->intro.capabilities);
    if (!job) break;
    found.push_back(std::move(job));
  }
  claim->storing = found.size();
  for (auto const& job : found) assign(claim, job);
  return !found.empty();
}

void Queue::Impl::assign(std::shared_ptr<Claim> const& claim, std::shared_ptr<JobSpec const> const& spec) {
  auto& job = jobs_.at(spec->key);
  job.phase = Phase::assigning;
  job.worker = claim->request.worker;
  registry_.give(job.worker, spec->id, changes_);
  LeaseName const lease{spec->key, job.worker, job.token};
  auto machine = registry_.find(job.worker)->intro.machine_id;
  job.owner->assign(job.worker, std::move(machine),
                    [this, claim, lease](Result<void> const& stored) { assigned(claim, lease, stored); });
  write_changes_soon();
}

void Queue::Impl::assigned(std::shared_ptr<Claim> const& claim, LeaseName const& lease, Result<void> const& stored) {
  auto const found = jobs_.find(lease.job);
  bool const still = found != jobs_.end() && found->second.phase == Phase::assigning &&
                     found->second.token == lease.token && found->second.worker == lease.worker;
  if (still && stored) {
    hold(found->second);
    claim->leases.push_back({found->second.spec, lease.token});
  } else if (still) {
    drop(found);  // its run is ending it
  }
  one_less_to_store(claim);
}

void Queue::Impl::one_less_to_store(std::shared_ptr<Claim> const& claim) {
  if (--claim->storing > 0) return;
  bool const in_time = claim->request.wait > Millis{0} && Clock::now() < claim->until;
  if (claim->leases.empty() && in_time && !claim->abandoned) {
    if (!serve(claim)) wait_for_jobs(claim);
  } else {
    finish(claim);
  }
}

bool Queue::Impl::wants(Claim const& claim, JobSpec const& job) const {
  auto const& types = claim.request.types;
  if (!types.empty() && std::ranges::find(types, job.type) == types.end()) return false;
  auto const* worker = registry_.find(claim.request.worker);
  return worker && worker->jobs.size() < static_cast<std::size_t>(worker->intro.concurrency) &&
         satisfies(worker->intro.capabilities, job.requirements);
}

// Whoever waits here has no room, or was found no job among those that wait; so nothing is passed over, unless they are
// just being looked through again.
std::unique_ptr<Queue::Reservation> Queue::Impl::reserve(JobSpec const& job) {
  if (claims_.empty() || closed_ || serving_) return nullptr;
  auto left = most_looked_at;
  for (auto found = claims_.begin(); found != claims_.end() && left > 0; ++found, --left) {
    if (!wants(**found, job)) continue;
    auto const claim = std::move(*found);
    claims_.erase(found);
    claim->timer.cancel();
    claim->storing = 1;
    auto const& worker = claim->request.worker;
    registry_.end_wait(worker, now());
    registry_.give(worker, job.id, changes_);
    write_changes_soon();
    return std::make_unique<Reservation>(*this, job.id, worker, registry_.find(worker)->intro.machine_id, claim);
  }
  return nullptr;
}

void Queue::Impl::give_back(Reservation& reservation) {
  auto const claim = std::static_pointer_cast<Claim>(std::exchange(reservation.claim_, nullptr));
  if (!claim) return;
  registry_.take(reservation.worker_, reservation.job_, changes_);
  write_changes_soon();
  one_less_to_store(claim);
}

void Queue::Impl::wait_for_jobs(std::shared_ptr<Claim> claim) {
  if (claim->request.wait <= Millis{0} || closed_) return finish(claim);
  registry_.begin_wait(claim->request.worker);
  claims_.push_back(claim);
  claim->timer.expires_at(claim->until);
  claim->timer.async_wait([this, claim](sys::error_code error) {
    if (!error && !claim->over && claim->storing == 0) finish(claim);
  });
  // More of them than the worker has room for are of connections that it has forgotten.
  auto const* worker = registry_.find(claim->request.worker);
  auto const mine = [&](auto const& other) { return other->request.worker == claim->request.worker; };
  if (std::count_if(claims_.begin(), claims_.end(), mine) > worker->intro.concurrency) {
    finish(*std::find_if(claims_.begin(), claims_.end(), mine));
  }
}

void Queue::Impl::serve_claims_soon() {
  if (claims_.empty() || std::exchange(serving_, true)) return;
  asio::post(thread_, [this] {
    serving_ = false;
    serve_claims();
  });
}

void Queue::Impl::serve_claims() {
  for (auto next = claims_.begin(); next != claims_.end() && pending_.size() > 0;) {
    auto const claim = *next++;
    if (!serve(claim)) continue;
    claim->timer.cancel();
    registry_.end_wait(claim->request.worker, now());
    claims_.remove(claim);
  }
}

void Queue::Impl::finish(std::shared_ptr<Claim> claim) {
  if (std::exchange(claim->over, true)) return;
  claim->timer.cancel();
  if (std::erase(claims_, claim) > 0) registry_.end_wait(claim->request.worker, now());
  if (claim->abandoned) {
    for (auto const& [spec, token] : claim->leases) {
      auto const job = jobs_.find(spec->key);
      if (job != jobs_.end() && find({spec->key, claim->request.worker, token})) {
        lose(job, fmt::format("worker {} was gone before it had it", claim->request.worker));
      }
    }
    return;
  }
  claim->set(std::move(claim->leases));
  claim->wake();
}

// They may be of a connection that the worker has lost, which would take jobs and orders that nobody hears of.
void Queue::Impl::end_waits_of(std::string const& worker) {
  for (auto next = claims_.begin(); next != claims_.end();) {
    auto const claim = *next++;
    if (claim->request.worker == worker) finish(claim);
  }
  for (auto next = listeners_.begin(); next != listeners_.end();) {
    auto const listener = *next++;
    if (listener->worker == worker) finish(listener);
  }
}

// Nobody waits for the answer any more. What was being taken for it is given back when it is stored.
void Queue::Impl::give_up(std::shared_ptr<Claim> const& claim) {
  if (std::exchange(claim->abandoned, true)) return;
  if (!claim->over) {
    if (claim->storing == 0) finish(claim);
    return;
  }
  auto leases = claim->take();
  if (!leases) return;
  claim->leases = std::move(*leases);
  claim->over = false;
  finish(claim);
}

void Queue::Impl::listen(std::shared_ptr<Listen> listen, Millis wait) {
  if (listen->over) return;
  if (closed_) return answer(*listen, not_yours());
  auto orders = stops_.take_new(listen->worker);
  if (!orders.empty() || wait <= Millis{0}) return answer(*listen, std::move(orders));
  listeners_.push_back(listen);
  listen->timer.expires_after(wait);
  listen->timer.async_wait([this, listen](sys::error_code error) {
    if (!error) finish(listen);
  });
}

void Queue::Impl::finish(std::shared_ptr<Listen> listen) {
  if (std::exchange(listen->over, true)) return;
  listen->timer.cancel();
  listen->set(stops_.take_new(listen->worker));
  listen->wake();
  listeners_.remove(listen);
}

void Queue::Impl::give_up(std::shared_ptr<Listen> const& listen) {
  if (std::exchange(listen->over, true)) return;
  listen->timer.cancel();
  listeners_.remove(listen);
}

}  // namespace runcast
