#pragma once

#include <list>
#include <set>
#include <unordered_map>

#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include "base/task_group.hpp"
#include "model/event_payload.hpp"
#include "queue/pending_jobs.hpp"
#include "queue/queue.hpp"
#include "queue/registry.hpp"
#include "queue/stop_orders.hpp"
#include "store/ticket.hpp"

namespace runcast {

// What the queue knows and does on its thread. Every function here is called there.
class Queue::Impl {
 public:
  template <class T>
  using Reply = std::function<void(Result<T>)>;

  // A worker that asks for something that may take a while. Whoever asks holds it, and may give up.
  template <class T>
  struct Wait : Ticket<T> {
    explicit Wait(asio::any_io_executor const& thread) : timer(thread) {}
    asio::steady_timer timer;
    bool over = false;  // it is answered, or given up
  };
  struct Claim : Wait<std::vector<JobLease>> {
    Claim(asio::any_io_executor const& thread, ClaimRequest wanted) : Wait(thread), request(std::move(wanted)) {}
    ClaimRequest request;
    SteadyTime until{};
    std::size_t storing = 0;  // assignments that are not stored yet
    std::vector<JobLease> leases;
    bool abandoned = false;
  };
  // What a worker says of a job, as events that bear the job's mark.
  using Said = std::function<std::vector<EventPayload>(events::JobMark const&)>;
  struct Listen : Wait<std::vector<StopOrder>> {
    Listen(asio::any_io_executor const& thread, std::string who) : Wait(thread), worker(std::move(who)) {}
    std::string worker;
  };

  Impl(asio::any_io_executor thread, QueueOptions options, Store& store);

  // Runs `work` on the queue's thread; the coroutine goes on when it has replied.
  template <class T>
  Awaitable<Result<T>> ask(std::function<void(Reply<T>)> work) {
    auto const ticket = std::make_shared<Ticket<T>>();
    asio::post(thread_, [ticket, work = std::move(work)] {
      work([ticket](Result<T> result) {
        ticket->set(std::move(result));
        ticket->wake();
      });
    });
    co_return co_await certain_outcome_of(ticket);
  }

  // Workers.
  void enter(WorkerIntro intro, Reply<Registration> const& reply);
  void leave(std::string const& worker, std::string reason, bool release, Reply<void> const& reply);
  Result<void> keep(std::string const& worker);
  Result<std::optional<StopOrder>> heartbeat(LeaseName const& lease);
  // Stores it, with the job's start where it is the first sign of work.
  Awaitable<Result<void>> say(LeaseName lease, Said said);
  void end(LeaseName const& lease, JobEnd end, Reply<void> reply);

  void claim(std::shared_ptr<Claim> claim);
  void give_up(std::shared_ptr<Claim> const& claim);
  void listen(std::shared_ptr<Listen> listen, Millis wait);
  void give_up(std::shared_ptr<Listen> const& listen);

  // The executor.
  void restore(std::vector<WorkerView> workers, std::vector<MachineView> machines);
  std::unique_ptr<Reservation> reserve(JobSpec const& job);
  void give_back(Reservation& reservation);
  void offer(std::shared_ptr<JobSpec const> job, std::uint64_t attempt, std::shared_ptr<JobOwner> owner,
             JobHolder holder, std::unique_ptr<Reservation> reservation);
  void withdraw(JobKey const& job, std::string const& reason);
  void detach(JobKey const& job);
  Awaitable<> stop();

  asio::any_io_executor thread_;
  QueueOptions options_;
  Store& store_;
  Registry registry_;

  std::size_t size() const { return jobs_.size(); }

 private:
  enum class Phase : std::uint8_t { waiting, assigning, held };
  enum class Start : std::uint8_t { none, storing, stored };
  // The mark of a job whose start is stored; none where what was said is stored with it.
  using Started = std::optional<events::JobMark>;
  struct Job {
    std::shared_ptr<JobSpec const> spec;
    std::uint64_t token = 0;
    std::shared_ptr<JobOwner> owner;
    Phase phase = Phase::waiting;
    std::string worker;  // unless it waits
    SteadyTime lease_ends{};
    Start start = Start::none;
    std::vector<Reply<Started>> wait_for_start = {};
  };
  using Jobs = std::unordered_map<JobKey, Job>;
  using Clock = std::chrono::steady_clock;

  static Registry::Now now();
  Job* find(LeaseName const& lease);
  std::vector<Job*> jobs_of(std::string const& worker);
  Error not_yours() const;
  void hold(Job& job);
  void extend(Job& job);
  void drop(Jobs::iterator job);
  void lose(Jobs::iterator job, std::string why);
  static events::JobMark mark_of(Job const& job);
  void work_on(LeaseName const& lease, Said const& said, Reply<Started> reply);
  void begin_work(LeaseName const& lease, Job& job, std::vector<EventPayload> said, Reply<Started> const& reply);
  void started(LeaseName const& lease, Result<void> const& stored);

  void serve_claims_soon();
  void serve_claims();
  bool serve(std::shared_ptr<Claim> const& claim);
  bool wants(Claim const& claim, JobSpec const& job) const;
  void assign(std::shared_ptr<Claim> const& claim, std::shared_ptr<JobSpec const> const& spec);
  void assigned(std::shared_ptr<Claim> const& claim, LeaseName const& lease, Result<void> const& stored);
  void one_less_to_store(std::shared_ptr<Claim> const& claim);
  void wait_for_jobs(std::shared_ptr<Claim> claim);
  void end_waits_of(std::string const& worker);
  // By value: the lists that these take them out of may hold the only other share.
  void finish(std::shared_ptr<Claim> claim);
  void finish(std::shared_ptr<Listen> listen);

  void arm();
  void elapse();
  void write_changes_soon(Reply<void> done = {});
  Awaitable<> write_changes();

  Jobs jobs_;
  PendingJobs pending_;
  std::set<std::pair<SteadyTime, JobKey>> leases_;
  std::unordered_map<std::string, std::set<JobKey>> hands_;  // what each worker holds
  StopOrders stops_;
  std::list<std::shared_ptr<Claim>> claims_;  // that wait, in the order in which they came
  std::list<std::shared_ptr<Listen>> listeners_;
  bool serving_ = false;
  bool closed_ = false;

  RegistryChanges changes_;  // that are not written yet
  std::vector<Reply<void>> wait_for_changes_;
  bool writing_ = false;
  asio::steady_timer changes_due_;

  asio::steady_timer timer_;
  SteadyTime armed_ = SteadyTime::max();
  TaskGroup tasks_;
};

}  // namespace runcast
