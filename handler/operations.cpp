#include "handler/operations.hpp"

#include <sys/resource.h>
#include <unistd.h>
#include <filesystem>
#include <fstream>

#include <fmt/format.h>

#include "handler/openapi.hpp"
#include "handler/problem.hpp"
#include "model/status.hpp"
#include "store/connection.hpp"
#include "store/read_value.hpp"

namespace runcast {
namespace {

constexpr std::array statuses{RunStatus::pending, RunStatus::running, RunStatus::succeeded, RunStatus::failed,
                              RunStatus::cancelled};

using Counts = std::map<std::string, std::int64_t>;

Result<Counts> count_runs(Connection& connection) {
  auto statement = connection.query("SELECT status, COUNT(*) FROM runs GROUP BY status");
  if (!statement) return statement.error();
  Counts counts;
  for (auto& row = **statement;;) {
    auto const more = row.step();
    if (!more) return more.error();
    if (!*more) return counts;
    counts[row.str(0)] = row.integer(1);
  }
}

Awaitable<Result<void>> add_runs(Store& store, MetricText& text) {
  auto counts = co_await read_value<Counts>(store, count_runs);
  if (!counts) co_return counts.error();
  text.family("runcast_runs", "gauge", "Runs by their status.");
  for (auto const status : statuses) {
    text.sample(static_cast<double>((*counts)[std::string(to_string(status))]), {{"status", to_string(status)}});
  }
  co_return Result<void>();
}

void add_store(Store const& store, MetricText& text) {
  auto const stats = store.stats();
  auto const number = [](std::uint64_t value) { return static_cast<double>(value); };
  text.counter("runcast_commits_total", "Transactions that were committed.", number(stats.commits));
  text.counter("runcast_commit_events_total", "Events in them.", number(stats.events));
  text.counter("runcast_commit_seconds_total", "Time that they took.", number(stats.commit_micros) / 1e6);
  text.counter("runcast_database_busy_total", "Times that another program held the database's lock for too long.",
               number(stats.busy_waits));
  text.counter("runcast_refused_log_lines_total", "Batches of log lines that came after their run's end.",
               number(stats.refused_posts));
  text.gauge("runcast_last_event_id", "The id of the newest event.", number(stats.last_id));
  text.gauge("runcast_database_bytes", "Size of the database's file.", number(stats.database_bytes));
  text.gauge("runcast_wal_bytes", "Size of its write-ahead log.", number(stats.wal_bytes));
}

double resident_bytes() {
  std::ifstream in("/proc/self/statm");
  std::uint64_t all = 0;
  std::uint64_t resident = 0;
  in >> all >> resident;
  return static_cast<double>(resident) * static_cast<double>(::sysconf(_SC_PAGESIZE));
}

double open_descriptors() {
  std::error_code error;
  std::filesystem::directory_iterator const all("/proc/self/fd", error);
  return error ? 0 : static_cast<double>(std::distance(begin(all), end(all)));
}

void add_process(MetricText& text) {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  auto const seconds = [](timeval const& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  text.counter("process_cpu_seconds_total", "Processor time, in the program and in the kernel.",
               seconds(usage.ru_utime) + seconds(usage.ru_stime));
  text.gauge("process_resident_memory_bytes", "Memory that is resident.", resident_bytes());
  text.gauge("process_open_fds", "Descriptors that are open.", open_descriptors());
  text.gauge("process_max_fds", "Descriptors that may be open.", static_cast<double>(limit.rlim_cur));
}

Awaitable<Reply> metrics(Router const& router, Store& store, Operations const& operations) {
  MetricText text;
  if (auto const added = co_await add_runs(store, text); !added) co_return problem(added.error());
  add_store(store, text);
  operations.metrics(text);
  add_request_metrics(router, text);
  add_process(text);
  co_return Answer{200, "text/plain; version=0.0.4; charset=utf-8", text.take()};
}

Awaitable<Reply> readiness(Store& store, Operations const& operations) {
  if (!store.healthy()) co_return problem(503, "the database cannot be written");
  auto const why = co_await operations.not_ready();
  if (!why.empty()) co_return problem(503, why);
  co_return Answer{200, "application/json", R"({"status":"ready"})"};
}

}  // namespace

void add_request_metrics(Router const& router, MetricText& text) {
  text.family("runcast_http_requests_total", "counter", "Requests by route and status; refused ones have no route.");
  auto const add = [&](StatusCounts const& counts, MetricText::Labels const& labels) {
    for (unsigned status = StatusCounts::least; status <= StatusCounts::most; ++status) {
      auto const count = counts.of(status);
      if (count == 0) continue;
      auto const code = fmt::to_string(status);
      auto all = labels;
      all.emplace_back("code", code);
      text.sample(static_cast<double>(count), all);
    }
  };
  for (auto const& route : router.routes()) add(*route.counts, {{"method", route.method}, {"route", route.pattern}});
  add(router.unrouted(), {{"method", ""}, {"route", ""}});
}

void add_operations(Router& router, Store& store, Operations const& operations) {
  router.add(
      "GET", "/healthz",
      [](Request&) -> Awaitable<Reply> { co_return Answer{200, "application/json", R"({"status":"ok"})"}; },
      Scope::open);
  router.add("GET", "/readyz", [&store, &operations](Request&) { return readiness(store, operations); }, Scope::open);
  router.add("GET", "/metrics",
             [&router, &store, &operations](Request&) { return metrics(router, store, operations); });
  router.add("GET", "/openapi.json", [](Request&) -> Awaitable<Reply> {
    co_return Answer{200, "application/json", std::string(embedded_documents().at("openapi.json"))};
  });
}

}  // namespace runcast
