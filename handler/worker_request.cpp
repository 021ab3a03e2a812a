#include "handler/worker_request.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "base/utf8.hpp"
#include "model/job.hpp"
#include "model/json_reader.hpp"
#include "model/names.hpp"

namespace runcast {
namespace {

namespace json = boost::json;

constexpr std::size_t max_faults = 100;
constexpr std::size_t max_types = 1000;
constexpr int max_concurrency = 10'000;
constexpr std::int64_t longest_wait_ms = 60'000;
constexpr std::size_t max_line_bytes = 1 << 20;
constexpr std::size_t max_text_bytes = 64 << 10;  // of an action or an error

// One body: its members, and the faults in it.
class Body {
 public:
  Body(json::object const& body, Others others) : log_(max_faults), members_(body, Place(""), log_), others_(others) {}

  JsonMembers& members() { return members_; }

  std::uint64_t token() {
    auto const node = members_.require("token");
    return static_cast<std::uint64_t>(node ? node->integer(1, INT64_MAX).value_or(0) : 0);
  }

  // The machine is named in either way of writing, or in the word alone.
  std::string machine(std::string fallback) {
    auto const id = members_.get("machineId", "machine_id");
    auto const word = members_.get("machine");
    auto const& node = id ? id : word;
    if (!node) return fallback;
    auto const text = node->string();
    if (text && !is_worker_name(*text)) node->fault(fmt::format("expected {}", worker_name_rule));
    return std::string(text.value_or(""));
  }

  std::vector<std::string> types() {
    std::vector<std::string> types;
    auto const node = members_.get("types", "job_types");
    auto const* items = node ? node->array() : nullptr;
    if (!items) return types;
    if (items->size() > max_types) node->fault(fmt::format("at most {} types", max_types));
    for (std::size_t i = 0; i < std::min(items->size(), max_types); ++i) {
      types.emplace_back(node->element((*items)[i], i).text().value_or(""));
    }
    return types;
  }

  std::string bounded_text(JsonNode const& node) {
    auto const text = node.string();
    if (text && text->size() > max_text_bytes) node.fault("at most 64 KiB");
    return std::string(utf8_prefix(text.value_or(""), max_text_bytes));
  }

  template <class T>
  Checked<T> done(T value) {
    if (others_ == Others::refuse) members_.refuse_others();
    auto faults = log_.take();
    if (!faults.empty()) return faults;
    return Checked<T>(boost::system::in_place_value, std::move(value));
  }

 private:
  FaultLog log_;
  JsonMembers members_;
  Others others_;
};

constexpr Words<Level, 4> level_words{
    {{"debug", Level::debug}, {"info", Level::info}, {"warn", Level::warn}, {"error", Level::error}}};

// Lines as they are logged: one each, without its end, and no longer than a line may be.
void add_lines(std::string_view text, Level level, std::vector<JobLine>& lines) {
  while (true) {
    auto const end = text.find('\n');
    auto line = text.substr(0, end);
    if (line.ends_with('\r')) line.remove_suffix(1);
    bool const too_long = line.size() > max_line_bytes;
    if (too_long) {
      std::size_t cut = max_line_bytes;
      while ((line[cut] & 0xC0) == 0x80) --cut;  // not within a character
      line = line.substr(0, cut);
    }
    lines.push_back({level, std::string(line), too_long});
    if (end == text.npos || end + 1 == text.size()) return;
    text.remove_prefix(end + 1);
  }
}

// A line is a text, or an object with its level.
void read_line(JsonNode const& node, Others others, std::vector<JobLine>& lines) {
  if (node.value().is_string()) return add_lines(*node.string(), Level::info, lines);
  auto const* object = node.object();
  if (!object) return;
  JsonMembers members(*object, node.place(), node.log());
  auto const level = members.get("level");
  auto const message = members.require("message");
  if (others == Others::refuse) members.refuse_others();
  auto const text = message ? message->string() : std::nullopt;
  if (text) add_lines(*text, level ? level->one_of(level_words).value_or(Level::info) : Level::info, lines);
}

}  // namespace

Checked<WorkerIntro> read_intro(json::object const& object, std::string worker, Others others) {
  Body body(object, others);
  auto& members = body.members();
  WorkerIntro intro;
  intro.machine_id = body.machine(worker);
  intro.id = std::move(worker);
  if (auto const node = members.get("hostname")) intro.hostname = node->text().value_or("");
  if (auto const node = members.get("capabilities")) {
    if (auto const* capabilities = node->small_object(max_conditions)) intro.capabilities = *capabilities;
  }
  intro.types = body.types();
  if (auto const node = members.get("concurrency")) {
    intro.concurrency = static_cast<int>(node->integer(1, max_concurrency).value_or(1));
  }
  return body.done(std::move(intro));
}

Checked<ClaimRequest> read_claim(json::object const& object, std::string worker, Others others) {
  Body body(object, others);
  ClaimRequest claim;
  claim.worker = std::move(worker);
  claim.types = body.types();
  if (auto const node = body.members().get("max")) {
    claim.max = static_cast<std::size_t>(node->integer(1, max_claimed).value_or(1));
  }
  if (auto const node = body.members().get("waitMs", "wait_ms")) {
    claim.wait = Millis{node->integer(0, longest_wait_ms).value_or(0)};
  }
  return body.done(std::move(claim));
}

Checked<std::uint64_t> read_token(json::object const& object, Others others) {
  Body body(object, others);
  auto const token = body.token();
  return body.done(token);
}

Checked<ProgressReport> read_progress(json::object const& object, Others others) {
  Body body(object, others);
  ProgressReport report;
  report.token = body.token();
  if (auto const node = body.members().require("progress")) report.progress = node->number(0, 1).value_or(0);
  if (auto const node = body.members().get("action", "text")) report.action = body.bounded_text(*node);
  return body.done(std::move(report));
}

Checked<LogReport> read_log(json::object const& object, Others others) {
  Body body(object, others);
  LogReport report;
  report.token = body.token();
  auto const node = body.members().require("lines");
  auto const* items = node ? node->array() : nullptr;
  if (items && items->size() > max_log_lines) {
    node->fault(fmt::format("at most {} lines at once", max_log_lines));
  } else if (items) {
    for (std::size_t i = 0; i < items->size(); ++i) read_line(node->element((*items)[i], i), others, report.lines);
  }
  return body.done(std::move(report));
}

Checked<CompletionReport> read_completion(json::object const& object, Others others) {
  Body body(object, others);
  CompletionReport report;
  report.token = body.token();
  if (auto const node = body.members().get("result", "data")) {
    auto const& value = node->value();
    if (auto const* result = value.if_object()) {
      report.result = *result;
    } else if (!value.is_null()) {
      report.result = {{"result", value}};
    }
  }
  return body.done(std::move(report));
}

Checked<FailureReport> read_failure(json::object const& object, Others others) {
  Body body(object, others);
  FailureReport report;
  report.token = body.token();
  if (auto const node = body.members().require("error")) report.error = body.bounded_text(*node);
  if (auto const node = body.members().get("retryable")) report.retryable = node->boolean().value_or(true);
  return body.done(std::move(report));
}

}  // namespace runcast
