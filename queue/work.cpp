// What workers say of the jobs in their hands.
#include "model/event.hpp"
#include "queue/job_table.hpp"
#include "queue/queue_impl.hpp"
#include "store/store.hpp"

namespace runcast {

Result<std::optional<StopOrder>> Queue::Impl::heartbeat(LeaseName const& lease) {
  registry_.hear(lease.worker, now(), changes_);
  write_changes_soon();
  if (auto* job = find(lease)) {
    extend(*job);
    if (job->start == Start::none) begin_work(lease, *job, {}, {});
    return std::optional<StopOrder>();
  }
  for (auto const& id : {lease.job.run.str(), lease.job.str()}) {
    if (auto const* order = stops_.find(lease.worker, id, lease.token)) return std::optional(*order);
  }
  return not_yours();
}

events::JobMark Queue::Impl::mark_of(Job const& job) {
  return {job.spec->id, job.spec->type, job.spec->priority, JobStatus::active, job.worker};
}

Awaitable<Result<void>> Queue::Impl::say(LeaseName lease, Said said) {
  auto const started = co_await ask<Started>([=, this](auto const& reply) { work_on(lease, said, reply); });
  if (!started) co_return started.error();
  auto const& mark = *started;
  if (!mark) co_return Result<void>{};
  auto const drafts = std::make_shared<std::vector<EventDraft>>();
  auto const now = system_time();
  for (auto& event : said(*mark)) drafts->push_back(encode(std::move(event), now));
  co_return co_await store_.write([lease, drafts](WriteTx& tx) -> Result<void> {
    if (auto ours = job_table::check(tx.connection(), lease); !ours) return ours;
    for (auto& draft : *drafts) {  // append() leaves it whole, for when this is called again
      if (auto seq = tx.append(lease.job.run, std::move(draft)); !seq) return seq.error();
    }
    return {};
  });
}

void Queue::Impl::work_on(LeaseName const& lease, Said const& said, Reply<Started> reply) {
  registry_.hear(lease.worker, now(), changes_);
  write_changes_soon();
  auto* job = find(lease);
  if (!job) return reply(not_yours());
  extend(*job);
  if (job->start == Start::stored) return reply(Started(mark_of(*job)));
  if (job->start == Start::storing) return job->wait_for_start.push_back(std::move(reply));
  begin_work(lease, *job, said(mark_of(*job)), reply);
}

void Queue::Impl::begin_work(LeaseName const& lease, Job& job, std::vector<EventPayload> said,
                             Reply<Started> const& reply) {
  job.start = Start::storing;
  job.owner->start(std::move(said), [this, lease, reply](Result<void> const& stored) {
    started(lease, stored);
    if (reply) stored ? reply(Started()) : reply(stored.error());
  });
}

void Queue::Impl::started(LeaseName const& lease, Result<void> const& stored) {
  auto* job = find(lease);
  if (!job) return;  // whoever took it away has answered those who wait
  job->start = stored ? Start::stored : Start::none;
  Started const mark = mark_of(*job);
  for (auto const& reply : std::exchange(job->wait_for_start, {})) stored ? reply(mark) : reply(stored.error());
}

void Queue::Impl::end(LeaseName const& lease, JobEnd end, Reply<void> reply) {
  registry_.hear(lease.worker, now(), changes_);
  write_changes_soon();
  if (!find(lease)) return reply(not_yours());
  auto const job = jobs_.find(lease.job);
  auto const owner = job->second.owner;
  drop(job);
  owner->end(std::move(end), lease, [reply = std::move(reply)](Result<void> const& stored) { reply(stored); });
}

}  // namespace runcast
