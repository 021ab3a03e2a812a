#include "queue/queue.hpp"

#include <fmt/format.h>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>

#include "base/utf8.hpp"
#include "queue/job_table.hpp"
#include "queue/queue_impl.hpp"
#include "queue/registry_table.hpp"
#include "store/read_value.hpp"

namespace runcast {
namespace {

constexpr Millis longest_wait = std::chrono::minutes(1);
constexpr std::size_t longest_line = 2048;  // bytes of a line in a report, as in the streams of jobs

}  // namespace

Queue::Queue(asio::any_io_executor thread, QueueOptions options, Store& store)
    : impl_(std::make_unique<Impl>(std::move(thread), options, store)) {}

Queue::~Queue() = default;

QueueOptions const& Queue::options() const { return impl_->options_; }
std::size_t Queue::size() const { return impl_->size(); }

Awaitable<Result<Registration>> Queue::enter(WorkerIntro intro) {
  if (intro.id.empty()) co_return runcast::fail(Errc::invalid, "a worker needs an id");
  if (intro.concurrency < 1) co_return runcast::fail(Errc::invalid, "a worker has room for one job at least");
  co_return co_await impl_->ask<Registration>(
      [this, intro = std::move(intro)](auto const& reply) { impl_->enter(intro, reply); });
}

Awaitable<Result<void>> Queue::leave(std::string worker, std::string reason, bool release) {
  co_return co_await impl_->ask<void>([=, this](auto const& reply) { impl_->leave(worker, reason, release, reply); });
}

Awaitable<Result<void>> Queue::keep(std::string worker) {
  co_return co_await impl_->ask<void>([=, this](auto const& reply) { reply(impl_->keep(worker)); });
}

Awaitable<Result<std::vector<JobLease>>> Queue::claim(ClaimRequest request) {
  request.wait = std::clamp(request.wait, Millis{0}, longest_wait);
  auto const claim = std::make_shared<Impl::Claim>(impl_->thread_, std::move(request));
  asio::post(impl_->thread_, [this, claim] { impl_->claim(claim); });
  if (!co_await claim->wait()) {
    asio::post(impl_->thread_, [this, claim] { impl_->give_up(claim); });
    throw_cancelled();
  }
  co_return claim->take();
}

Awaitable<Result<std::vector<StopOrder>>> Queue::stops(std::string worker, Millis wait) {
  wait = std::clamp(wait, Millis{0}, longest_wait);
  auto const listen = std::make_shared<Impl::Listen>(impl_->thread_, std::move(worker));
  asio::post(impl_->thread_, [this, listen, wait] { impl_->listen(listen, wait); });
  if (!co_await listen->wait()) {
    asio::post(impl_->thread_, [this, listen] { impl_->give_up(listen); });
    throw_cancelled();
  }
  co_return listen->take();
}

Awaitable<Result<std::optional<StopOrder>>> Queue::heartbeat(LeaseName lease) {
  co_return co_await impl_->ask<std::optional<StopOrder>>(
      [=, this](auto const& reply) { reply(impl_->heartbeat(lease)); });
}

Awaitable<Result<void>> Queue::progress(LeaseName lease, double progress, std::optional<std::string> text) {
  auto const step = lease.job.step;
  co_return co_await impl_->say(std::move(lease), [=](events::JobMark const& mark) {
    return std::vector<EventPayload>{events::StepProgress{step, progress, text, mark}};
  });
}

Awaitable<Result<void>> Queue::log(LeaseName lease, std::vector<JobLine> lines) {
  auto const step = lease.job.step;
  auto const shared = std::make_shared<std::vector<JobLine> const>(std::move(lines));  // what holds them is copied
  co_return co_await impl_->say(std::move(lease), [=](events::JobMark const&) {
    std::vector<EventPayload> said;
    for (auto const& line : *shared) said.emplace_back(events::StepLog{step, line.level, line.text, line.truncated});
    return said;
  });
}

Awaitable<Result<void>> Queue::complete(LeaseName lease, boost::json::object result) {
  JobEnd end{.outcome = Outcome::succeeded, .result = std::move(result)};
  co_return co_await impl_->ask<void>([=, this](auto const& reply) { impl_->end(lease, end, reply); });
}

Awaitable<Result<void>> Queue::fail(LeaseName lease, std::string error, bool retryable) {
  JobEnd end{.outcome = Outcome::failed, .error = std::move(error), .retryable = retryable};
  co_return co_await impl_->ask<void>([=, this](auto const& reply) { impl_->end(lease, end, reply); });
}

Awaitable<Result<void>> Queue::release(LeaseName lease, std::string reason) {
  JobEnd end{.outcome = Outcome::interrupted, .error = fmt::format("worker {} gave it back: {}", lease.worker, reason)};
  co_return co_await impl_->ask<void>([=, this](auto const& reply) { impl_->end(lease, end, reply); });
}

Awaitable<std::vector<WorkerView>> Queue::workers() {
  auto const views =
      co_await impl_->ask<std::vector<WorkerView>>([this](auto const& reply) { reply(impl_->registry_.workers()); });
  co_return *views;
}

Awaitable<std::vector<MachineView>> Queue::machines() {
  auto const views =
      co_await impl_->ask<std::vector<MachineView>>([this](auto const& reply) { reply(impl_->registry_.machines()); });
  co_return *views;
}

Awaitable<Result<JobRow>> Queue::job(std::string id) {
  auto const key = parse_job_id(id);
  if (!key) co_return runcast::fail(Errc::not_found, fmt::format("there is no job {}", id));
  co_return co_await read_value<JobRow>(impl_->store_, [key = *key](Connection& c) { return job_table::find(c, key); });
}

Awaitable<Result<JobPage>> Queue::jobs(JobQuery query) {
  co_return co_await read_value<JobPage>(impl_->store_, [query](Connection& c) { return job_table::list(c, query); });
}

Awaitable<Result<JobReport>> Queue::report(JobRow job, std::size_t lines) {
  auto& store = impl_->store_;
  auto report = co_await read_value<JobReport>(store, [job](Connection& c) { return job_table::report(c, job); });
  if (!report || lines == 0) co_return report;
  LogQuery query;
  query.run = job.key.run;
  query.step = job.key.step;
  query.tail = lines;
  query.form = LogForm::line;
  auto page = co_await store.query_logs(std::move(query));
  if (!page) co_return page.error();
  for (auto const& line : page->items) report->logs.emplace_back(utf8_prefix(line.text, longest_line));
  co_return report;
}

Awaitable<Result<void>> Queue::start() {
  auto workers = co_await read_value<std::vector<WorkerView>>(impl_->store_, registry_table::workers);
  if (!workers) co_return workers.error();
  auto machines = co_await read_value<std::vector<MachineView>>(impl_->store_, registry_table::machines);
  if (!machines) co_return machines.error();
  impl_->restore(std::move(*workers), std::move(*machines));
  co_return Result<void>{};
}

Awaitable<> Queue::stop() { return impl_->stop(); }

std::unique_ptr<Queue::Reservation> Queue::reserve(JobSpec const& job) { return impl_->reserve(job); }

Queue::Reservation::Reservation(Impl& queue, std::string job, std::string worker, std::string machine,
                                std::shared_ptr<void> claim)
    : queue_(queue),
      job_(std::move(job)),
      worker_(std::move(worker)),
      machine_(std::move(machine)),
      claim_(std::move(claim)) {}

Queue::Reservation::~Reservation() { queue_.give_back(*this); }

void Queue::offer(std::shared_ptr<JobSpec const> job, std::uint64_t attempt, std::shared_ptr<JobOwner> owner,
                  JobHolder holder, std::unique_ptr<Reservation> reservation) {
  impl_->offer(std::move(job), attempt, std::move(owner), std::move(holder), std::move(reservation));
}

void Queue::withdraw(JobKey const& job, std::string const& reason) { impl_->withdraw(job, reason); }
void Queue::detach(JobKey const& job) { impl_->detach(job); }

}  // namespace runcast
