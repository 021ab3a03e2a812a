#include <algorithm>

#include <fmt/format.h>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "model/definition.hpp"
#include "model/json_parse.hpp"
#include "model/json_reader.hpp"
#include "store/bundle.hpp"

namespace runcast {
namespace {

namespace json = boost::json;

constexpr std::size_t max_line_bytes = 72u << 20;  // more than any event that a log takes
constexpr std::size_t max_type_bytes = 64;
constexpr std::size_t max_step_id_bytes = 255;
constexpr int known_version = 1;

// Head and trailer are read like any other JSON that somebody sends; events are as this program wrote them.
struct Head {
  int version = 0;
  RunId run;
  Timestamp created;
  std::string workflow;
  std::string parent_run;
  std::string parent_step;
  json::value definition;
};

struct Trailer {
  std::uint64_t events = 0;
  std::string digest;
};

Error wrong(std::size_t line, std::string_view what) {
  return fail(Errc::invalid, fmt::format("line {}: {}", line, what));
}

Error wrong(std::size_t line, Faults const& faults) {
  auto const& fault = faults.front();
  return wrong(line, fault.pointer.empty() ? fault.message : fmt::format("{}: {}", fault.pointer, fault.message));
}

std::string string_of(std::optional<JsonNode> const& node) {
  auto const text = node ? node->string() : std::nullopt;
  return std::string(text.value_or(""));
}

RunId run_id_of(std::optional<JsonNode> const& node) {
  auto const id = RunId::parse(string_of(node));
  if (node && !id) node->fault("expected a run's id");
  return id ? *id : RunId();
}

Checked<Head> read_head(json::value const& value) {
  FaultLog log(10);
  JsonNode const root(value, Place(""), log);
  auto const* object = root.object();
  if (object == nullptr) return log.take();
  Head head;
  JsonMembers members(*object, root.place(), log);
  if (auto const format = members.require("format"); format && string_of(format) != "runcast-bundle") {
    format->fault("this is no bundle of a run");
  }
  if (auto const version = members.require("version")) {
    head.version = static_cast<int>(version->integer(1, INT32_MAX).value_or(0));
    if (head.version > known_version) version->fault("a newer program has written this bundle");
  }
  head.run = run_id_of(members.require("runId"));
  if (auto const created = members.require("createdAt")) {
    head.created = from_epoch_ms(created->integer(0, 1LL << 53).value_or(0));
  }
  head.workflow = string_of(members.require("workflow"));
  if (auto const parent = members.get("parentRunId")) head.parent_run = run_id_of(parent).str();
  if (auto const step = members.get("parentStepId")) head.parent_step = std::string(step->text().value_or(""));
  if (auto const definition = members.require("definition")) head.definition = definition->value();
  members.refuse_others();
  if (!log.empty()) return log.take();
  return head;
}

Checked<Trailer> read_trailer(json::value const& value) {
  FaultLog log(10);
  JsonNode const root(value, Place(""), log);
  auto const* object = root.object();
  if (object == nullptr) return log.take();
  Trailer trailer;
  JsonMembers members(*object, root.place(), log);
  if (auto const events = members.require("events")) {
    trailer.events = static_cast<std::uint64_t>(events->integer(0, 1LL << 32).value_or(0));
  }
  trailer.digest = string_of(members.require("sha256"));
  members.refuse_others();
  if (!log.empty()) return log.take();
  return trailer;
}

// The text up to an event's payload, as the log writes it: what reads frames relies on its form.
std::string opening_of(Event const& event, std::string_view type) {
  return fmt::format(R"({{"type":"{}","runId":"{}","seq":{},"id":{},"timestamp":{},"payload":{{)", type,
                     event.run.str(), event.seq, event.id, to_epoch_ms(event.time));
}

std::string_view between(std::string_view text, std::string_view before, char after) {
  if (!text.starts_with(before)) return {};
  text.remove_prefix(before.size());
  return text.substr(0, text.find(after));
}

bool is_plain_name(std::string_view text) {
  return !text.empty() && text.size() <= max_type_bytes &&
         std::ranges::all_of(text, [](char c) { return (c >= 'a' && c <= 'z') || c == '_' || c == '.' || c == '-'; });
}

// The events of one run in their order, one after the other.
class Events {
 public:
  explicit Events(Bundle& bundle) : bundle_(bundle) {}

  // What is wrong with the next one; nothing where it is right.
  std::optional<std::string> add(std::string_view text) {
    if (ended_) return "an event after run_complete";
    auto event = decode_event(text);
    if (!event) return event.error().message;
    if (auto wrong = out_of_order(*event)) return wrong;
    auto const type = between(text, R"({"type":")", '"');
    auto const opening = opening_of(*event, type);
    if (!is_plain_name(type) || !text.starts_with(opening)) return "this is not how an event is written";
    auto const step = between(text.substr(opening.size()), R"("stepId":")", '"');
    if (step.size() > max_step_id_bytes || step.find('\\') != step.npos) return "the step's id is no id";

    Bundle::Line line{text, std::string(type), std::string(step), std::nullopt, event->time};
    if (auto const* log = std::get_if<events::StepLog>(&event->payload); log && event->type == EventType::step_log) {
      line.level = log->level;
    }
    bundle_.lines.push_back(std::move(line));
    last_id_ = event->id;
    return take(std::move(*event));
  }

  bool ended() const { return ended_; }

 private:
  std::optional<std::string> out_of_order(Event const& event) const {
    auto const seq = bundle_.lines.size() + 1;
    if (event.run != bundle_.run) return "an event of another run";
    if (event.seq != seq) return fmt::format("expected seq {}, found {}", seq, event.seq);
    if ((event.type == EventType::run_start) != (seq == 1)) return "a log begins with run_start";
    if (bundle_.lines.empty()) return std::nullopt;
    if (event.id <= last_id_) return "the ids do not ascend";
    if (event.time < bundle_.lines.back().time) return "the times go back";
    return std::nullopt;
  }

  std::optional<std::string> take(Event event) {
    if (event.type == EventType::run_start) bundle_.start = std::get<events::RunStart>(event.payload);
    if (event.type == EventType::run_complete) {
      bundle_.end = std::get<events::RunComplete>(event.payload);
      if (!has_ended(bundle_.end.status)) return "a run_complete that does not end its run";
      if (!bundle_.lines.back().json.ends_with(fmt::format(R"(,"lastSeq":{}}}}})", event.seq))) {
        return "lastSeq is not this event's seq";
      }
      ended_ = true;
    }
    bool const is_folded = event.type != EventType::step_log && event.type != EventType::step_progress;
    if (is_folded) bundle_.lifecycle.push_back(std::move(event));
    return std::nullopt;
  }

  Bundle& bundle_;
  std::uint64_t last_id_ = 0;
  bool ended_ = false;
};

// The lines of a text that ends with a line end.
class Lines {
 public:
  explicit Lines(std::string_view text) : rest_(text) {}

  // Its number is then count().
  Result<std::string_view> next() {
    ++count_;
    auto const end = rest_.find('\n');
    if (end == rest_.npos) return wrong(count_, rest_.empty() ? "the bundle is cut off here" : "the line is cut off");
    auto const line = rest_.substr(0, end);
    if (line.size() > max_line_bytes) return wrong(count_, "the line is too long");
    if (std::ranges::any_of(line, [](char c) { return static_cast<unsigned char>(c) < 0x20; })) {
      return wrong(count_, "a control character");
    }
    rest_.remove_prefix(end + 1);
    return line;
  }

  bool at_end() const { return rest_.empty(); }
  std::size_t count() const { return count_; }

 private:
  std::string_view rest_;
  std::size_t count_ = 0;
};

Result<Bundle> begin_bundle(std::string_view line) {
  auto const& limits = stored_definition_limits;  // the size of the whole bundle bounds it
  auto const value = parse_json(line, {limits.max_bytes, limits.max_depth + 1});
  if (!value) return wrong(1, value.error());
  auto head = read_head(*value);
  if (!head) return wrong(1, head.error());
  auto workflow = parse_definition(head->definition, "/definition", limits);
  if (!workflow) return wrong(1, workflow.error());
  if (workflow->name != head->workflow) return wrong(1, "/workflow: is not the definition's name");
  Bundle bundle;
  bundle.run = head->run;
  bundle.created = head->created;
  bundle.parent_run = std::move(head->parent_run);
  bundle.parent_step = std::move(head->parent_step);
  bundle.workflow = std::move(*workflow);
  bundle.definition_json = json::serialize(head->definition);
  return bundle;
}

Result<void> check_trailer(std::string_view line, std::size_t number, Bundle const& bundle, LineChain const& chain) {
  auto const value = parse_json(line, {4096, 4});
  if (!value) return wrong(number, value.error());
  auto const trailer = read_trailer(*value);
  if (!trailer) return wrong(number, trailer.error());
  if (trailer->events != bundle.lines.size()) {
    return wrong(number, fmt::format("/events: there are {}", bundle.lines.size()));
  }
  if (trailer->digest != chain.hex()) return wrong(number, "/sha256: the lines before were changed");
  return {};
}

}  // namespace

Result<Bundle> parse_bundle(std::string_view text) {
  Lines lines(text);
  LineChain chain;
  auto const head = lines.next();
  if (!head) return head.error();
  auto bundle = begin_bundle(*head);
  if (!bundle) return bundle;
  chain.add(*head);
  Events events(*bundle);
  while (!events.ended()) {
    auto const line = lines.next();
    if (!line) return line.error();
    if (auto const what = events.add(*line)) return wrong(lines.count(), *what);
    chain.add(*line);
  }
  if (bundle->start.workflow != bundle->workflow.name) return wrong(2, "the run is one of another workflow");
  auto const trailer = lines.next();
  if (!trailer) return trailer.error();
  if (auto const checked = check_trailer(*trailer, lines.count(), *bundle, chain); !checked) return checked.error();
  if (!lines.at_end()) return wrong(lines.count() + 1, "a line after the trailer");
  return bundle;
}

}  // namespace runcast
