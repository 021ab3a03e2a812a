#include "store/event_log.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "model/json_parse.hpp"

namespace runcast {
namespace {

constexpr std::size_t max_payload_bytes = 64u << 20;
constexpr std::size_t max_step_id_bytes = 255;  // a frame's index holds its length in a byte

constexpr std::size_t segment_bytes = 64u << 10;
constexpr std::size_t small_segment_bytes = 1u << 10;

// About what an event's JSON text and its frame add to its payload.
constexpr std::size_t envelope_bytes = 160;

// Ends of logs that are kept in memory; past this they are read again as they are needed.
constexpr std::size_t max_cached_logs = 65536;

constexpr std::string_view insert_event =
    "INSERT INTO events (pos, id, type, step, level, time, json) VALUES (?, ?, ?, ?, ?, ?, ?)";

struct RunEnd {
  RunStatus status;
  std::string error;
};

Result<RunEnd> run_end_of(EventDraft const& draft) {
  if (auto const* value = draft.value ? std::get_if<events::RunComplete>(draft.value.get()) : nullptr) {
    if (!has_ended(value->status)) return fail(Errc::invalid, "a run_complete whose status is not of an ended run");
    return RunEnd{value->status, value->error.value_or("")};
  }
  boost::system::error_code error;
  auto const payload = parse_own_json(draft.payload, error);
  auto const* object = error ? nullptr : payload.if_object();
  auto const* status_name = object ? object->if_contains("status") : nullptr;
  auto const status =
      status_name && status_name->is_string() ? run_status_from(status_name->get_string()) : std::nullopt;
  if (!status || !has_ended(*status)) return fail(Errc::invalid, "a run_complete without a status of an ended run");
  auto const* message = object->if_contains("error");
  return RunEnd{*status, message && message->is_string() ? std::string(message->get_string()) : std::string()};
}

}  // namespace

Result<std::unique_ptr<EventLog>> EventLog::open(Connection& connection) {
  auto insert = Statement::prepare(connection.handle(), insert_event);
  if (!insert) return insert.error();
  std::unique_ptr<EventLog> log(new EventLog(connection, std::move(*insert)));
  auto state = connection.query("SELECT last_id, last_time FROM log_state");
  if (!state) return state.error();
  auto const there = (*state)->step();
  if (!there) return there.error();
  if (!*there) return fail(Errc::corrupt, "the log's state is missing from the database");
  log->last_id_ = (*state)->natural(0);
  log->last_time_ = (*state)->time(1);
  return log;
}

void EventLog::expect(RunId const& run, std::span<EventDraft const> drafts) {
  auto& bytes = expected_[run];
  for (auto const& draft : drafts) bytes += draft.payload.size() + envelope_bytes;
}

Result<std::vector<std::uint64_t>> EventLog::append(RunId const& run, std::span<EventDraft> drafts) {
  if (auto checked = check(run, drafts); !checked) return checked.error();
  auto const log = find(run);
  if (!log) return log.error();
  std::vector<std::uint64_t> seqs;
  seqs.reserve(drafts.size());
  sound_ = false;
  for (auto& draft : drafts) {
    if (auto added = add(run, **log, draft); !added) return added.error();
    seqs.push_back((*log)->last_seq);
  }
  sound_ = true;
  return seqs;
}

Result<void> EventLog::check(RunId const& run, std::span<EventDraft const> drafts) {
  auto const log = find(run);
  if (!log) return log.error();
  if ((*log)->last_seq + drafts.size() > max_seq) return fail(Errc::too_large, "the run's log is full");
  bool ended = (*log)->ended;
  for (auto const& draft : drafts) {
    if (ended) return fail(Errc::conflict, fmt::format("run {} has ended", run.str()));
    if (draft.payload.size() > max_payload_bytes) return fail(Errc::too_large, "an event of more than 64 MiB");
    if (draft.step_id.size() > max_step_id_bytes) return fail(Errc::too_large, "a step id of more than 255 bytes");
    if (draft.type != EventType::run_complete) continue;
    if ((*log)->run_no == system_run_no) return fail(Errc::invalid, "the system's log has no end");
    if (auto const end = run_end_of(draft); !end) return end.error();
    ended = true;
  }
  return {};
}

Result<std::uint64_t> EventLog::last_seq(RunId const& run) {
  auto const log = find(run);
  if (!log) return log.error();
  return (*log)->last_seq;
}

Result<EventLog::Log*> EventLog::find(RunId const& run) {
  auto const found = logs_.find(run);
  return found != logs_.end() ? Result<Log*>(&found->second) : load(run);
}

Result<EventLog::Log*> EventLog::load(RunId const& run) {
  Log log;
  if (!run.empty()) {
    auto const id = run.str();
    auto row = connection_.query("SELECT run_no, status FROM runs WHERE id = ?", std::string_view(id));
    if (!row) return row.error();
    auto const there = (*row)->step();
    if (!there) return there.error();
    if (!*there) return fail(Errc::not_found, fmt::format("there is no run {}", id));
    log.run_no = (*row)->integer(0);
    log.ended = has_ended(run_status_from((*row)->text(1)).value_or(RunStatus::failed));
  }
  auto last = connection_.query("SELECT pos, time FROM events WHERE pos BETWEEN ? AND ? ORDER BY pos DESC LIMIT 1",
                                position_of(log.run_no, 0), position_of(log.run_no, max_seq));
  if (!last) return last.error();
  auto const there = (*last)->step();
  if (!there) return there.error();
  if (*there) {
    log.last_seq = (*last)->natural(0) & max_seq;
    log.last_time = (*last)->time(1);
  }
  return &logs_.insert_or_assign(run, log).first->second;
}

Result<void> EventLog::add(RunId const& run, Log& log, EventDraft& draft) {
  draft.time = std::max(draft.time, log.last_time);
  auto const seq = log.last_seq + 1;
  auto const id = last_id_ + 1;
  scratch_.clear();
  auto const info = append_event_json(scratch_, draft, run, seq, id);
  auto& batched = batched_for(run, log, scratch_.size());
  auto& segment = *batched.segment;
  segment.append(scratch_, info);
  if (draft.value) batched.values.push_back({seq, id, draft.time, draft.value});

  insert_.bind(1, position_of(log.run_no, seq));
  insert_.bind(2, id);
  insert_.bind(3, draft.type_name.empty() ? to_string(draft.type) : std::string_view(draft.type_name));
  insert_.bind(4, draft.step_id.empty() ? std::nullopt : std::optional<std::string_view>(draft.step_id));
  insert_.bind(5, draft.level ? std::optional(static_cast<int>(*draft.level)) : std::nullopt);
  insert_.bind(6, draft.time);
  insert_.bind(7, segment.json(segment.frames().back()));
  if (auto inserted = insert_.run(); !inserted) return inserted;

  log.last_seq = seq;
  log.last_time = draft.time;
  last_id_ = id;
  last_time_ = std::max(last_time_, draft.time);
  return fold(log, draft);
}

// The part of the batch whose segment has room for one more event of this run.
EventLog::Batched& EventLog::batched_for(RunId const& run, Log& log, std::size_t json_size) {
  std::size_t capacity = small_segment_bytes;
  if (log.segment != no_segment) {
    auto& open = batch_[log.segment];
    if (open.segment->fits(json_size)) return open;
    capacity = 2 * open.segment->capacity();
  }
  if (auto const hint = expected_.find(run); hint != expected_.end()) {
    capacity = std::min(hint->second + Segment::max_overhead, segment_bytes);
    hint->second -= std::min(hint->second, capacity);
  }
  capacity = std::max(std::clamp(capacity, small_segment_bytes, segment_bytes), json_size + Segment::max_overhead);
  log.segment = batch_.size();
  return batch_.emplace_back(Batched{run, std::make_shared<Segment>(Form::websocket, capacity)});
}

// What the runs table says of a run is a view of its log, kept in the same transaction.
Result<void> EventLog::fold(Log& log, EventDraft const& draft) {
  if (log.run_no == system_run_no) return {};
  if (draft.type == EventType::run_start && !std::exchange(log.running, true)) {
    return connection_.run("UPDATE runs SET status = 'running', started = ? WHERE run_no = ?", draft.time, log.run_no);
  }
  if (draft.type != EventType::run_complete) return {};
  auto const end = run_end_of(draft);
  if (!end) return end.error();
  log.ended = true;
  batch_[log.segment].ended = true;
  return connection_.run("UPDATE runs SET status = ?, ended = ?, error = ? WHERE run_no = ?", to_string(end->status),
                         draft.time, std::string_view(end->error), log.run_no);
}

void EventLog::created(RunId const& run, std::int64_t run_no, bool running) {
  logs_.insert_or_assign(run, Log{.run_no = run_no, .running = running});
}

void EventLog::begin() {
  id_before_ = last_id_;
  time_before_ = last_time_;
}

// The ends of logs are read again when they are needed.
void EventLog::undo() {
  sound_ = true;
  logs_.clear();
  batch_.clear();
  expected_.clear();
  last_id_ = id_before_;
  last_time_ = time_before_;
}

Result<void> EventLog::store_state() {
  if (batch_.empty()) return {};
  return connection_.run("UPDATE log_state SET last_id = ?, last_time = ?", last_id_, last_time_);
}

std::shared_ptr<Commit const> EventLog::take_commit() {
  auto commit = std::make_shared<Commit>();
  commit->last_id = last_id_;
  commit->runs.reserve(batch_.size());
  for (auto& [run, segment, ended, values] : batch_) {
    auto const log = logs_.find(run);
    if (log != logs_.end()) {
      log->second.segment = no_segment;
      if (log->second.ended) logs_.erase(log);
    }
    commit->runs.push_back({run, std::move(segment), ended, std::move(values)});
  }
  batch_.clear();
  expected_.clear();
  if (logs_.size() > max_cached_logs) logs_.clear();
  return commit;
}

}  // namespace runcast
