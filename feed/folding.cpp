#include "feed/folding.hpp"

#include "feed/render.hpp"
#include "feed/state_json.hpp"

namespace runcast {
namespace {

constexpr std::size_t events_a_batch = 256;

template <class Mark>
Track<Mark> to_track(std::vector<FeedText>& texts, std::vector<Mark>& marks) {
  Track<Mark> track{to_segment(texts), std::move(marks)};
  texts.clear();
  marks.clear();
  return track;
}

}  // namespace

// A batch in the making.
struct Folding::Draft {
  explicit Draft(Board const& board)
      : for_monitors(board.wanted(Audience::monitors)),
        for_clients(board.wanted(Audience::clients)),
        for_job_stream(board.wanted(Audience::job_stream)) {}

  void add_job(JobView const& job, std::uint64_t id) {
    if (!for_job_stream) return;
    job_texts.push_back({id, job_update(job)});
    job_marks.push_back(job.id);
  }

  bool for_monitors;
  bool for_clients;
  bool for_job_stream;
  std::size_t events = 0;
  std::uint64_t last_id = 0;
  Timestamp last_time{};
  bool stats_changed = false;
  std::vector<FeedText> monitor_texts;
  std::vector<Facets> monitor_marks;
  std::vector<FeedText> client_texts;
  std::vector<std::string> client_marks;
  std::vector<FeedText> job_texts;
  std::vector<std::string> job_marks;
};

void Folding::fold(std::vector<Event> const& events, std::uint64_t upto) {
  Draft draft(board_);
  for (auto const& event : events) {
    if (event.id <= board_.upto()) continue;
    if (event.type == EventType::step_log) {
      if (auto const* line = std::get_if<events::StepLog>(&event.payload)) {
        add_line(event.run, line->step_id, event.seq, line->message, event.id);
      }
      continue;
    }
    take(event, draft);
    if (draft.events < events_a_batch) continue;
    finish(draft, event.id);
    draft = Draft(board_);
  }
  seen_ = std::max(seen_, upto);
  if (draft.events > 0) return finish(draft, seen_);
  // Log lines alone may wait for others; what has to be told of them must not be passed over until then.
  if (!owes_logs()) board_.advance(seen_);
}

void Folding::take(Event const& event, Draft& draft) {
  auto const change = state_.apply(event);
  ++draft.events;
  draft.last_id = event.id;
  draft.last_time = event.time;
  draft.stats_changed |= change.stats;
  if (change.job) {
    chatty_.erase(change.job->id);
    draft.add_job(*change.job, event.id);
  }
  if (draft.for_monitors) {
    for (auto& message : monitor_messages(event)) {
      draft.monitor_texts.push_back({event.id, std::move(message.json)});
      draft.monitor_marks.push_back(std::move(message.facets));
    }
  }
  if (!draft.for_clients) return;
  if (auto message = client_message(event)) {
    draft.client_texts.push_back({event.id, std::move(message->json)});
    draft.client_marks.push_back(std::move(message->job));
  }
}

void Folding::add_line(RunId const& run, std::string_view step, std::uint64_t seq, std::string_view line,
                       std::uint64_t id) {
  auto const* job = state_.add_log(run, step, seq, line);
  if (job) chatty_[job->id] = id;
}

void Folding::finish(Draft& draft, std::uint64_t upto) {
  if (draft.for_monitors && draft.stats_changed) {
    draft.monitor_texts.push_back({draft.last_id, system_stats(state_.stats(), draft.last_id, draft.last_time)});
    draft.monitor_marks.push_back({.topic = Topic::system_stats, .time = draft.last_time});
  }
  add_logs(draft, upto);
  auto batch = std::make_shared<FeedBatch>();
  batch->after = board_.upto();
  batch->upto = upto;
  if (draft.for_monitors) batch->monitors = to_track(draft.monitor_texts, draft.monitor_marks);
  if (draft.for_clients) batch->clients = to_track(draft.client_texts, draft.client_marks);
  if (draft.for_job_stream) batch->job_stream = to_track(draft.job_texts, draft.job_marks);
  board_.append(std::move(batch));
}

// A batch that stops in the middle of what is known must not speak of later lines.
void Folding::add_logs(Draft& draft, std::uint64_t id) {
  for (auto job = chatty_.begin(); job != chatty_.end();) {
    if (job->second > id) {
      ++job;
      continue;
    }
    if (auto const* view = state_.find_job(job->first)) draft.add_job(*view, id);
    job = chatty_.erase(job);
  }
}

void Folding::tell_logs() {
  if (!owes_logs()) return;
  Draft draft(board_);
  finish(draft, seen_);
}

}  // namespace runcast
