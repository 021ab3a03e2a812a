#include "cli/commands/run_tables.hpp"

#include <fmt/format.h>

#include "base/duration.hpp"
#include "cli/net/json_members.hpp"
#include "cli/terminal/local_time.hpp"
#include "cli/terminal/table.hpp"
#include "cli/terminal/text.hpp"

namespace runcast::cli {
namespace {

namespace json = boost::json;

std::string shown(json::object const& object, std::string_view name) { return plain_text(text_of(object, name)); }

std::string number(json::object const& object, std::string_view name) {
  auto const value = number_of(object, name);
  return value ? fmt::to_string(*value) : std::string{};
}

std::string moment(json::object const& object, std::string_view name) {
  auto const time = time_of(object, name);
  return time ? local_date_time(*time) : std::string{};
}

// How long a run or step took, or has been taking.
std::string took(json::object const& object, Timestamp now) {
  if (auto const ms = number_of(object, "durationMs")) return format_duration(Millis{*ms});
  auto const started = time_of(object, "startedAt");
  if (!started || text_of(object, "status") != "running") return {};
  return format_duration(std::max<Millis>(Millis{0}, std::chrono::floor<std::chrono::seconds>(now - *started)));
}

std::string run_status(json::object const& run, Style const& style) {
  auto const status = run_status_from(text_of(run, "status"));
  return status ? style.paint(paint_of(*status), to_string(*status)) : shown(run, "status");
}

std::string step_status(json::object const& step, Style const& style) {
  auto const status = step_status_from(text_of(step, "status"));
  if (!status) return shown(step, "status");
  return style.paint(paint_of(*status), fmt::format("{} {}", style.glyph(*status), to_string(*status)));
}

// An attempt of 0 is none.
std::string attempt(json::object const& step) {
  return number_of(step, "attempt").value_or(0) > 0 ? number(step, "attempt") : std::string{};
}

std::string exit_of(json::object const& step) {
  auto const signal = shown(step, "signal");
  return signal.empty() ? number(step, "exitCode") : signal;
}

// Of all its schedules' next times the first.
std::string next_start(json::object const& workflow) {
  std::optional<Timestamp> next;
  for (auto const& entry : array_of(workflow, "schedules")) {
    auto const time = entry.is_object() ? time_of(entry.get_object(), "nextAt") : std::nullopt;
    if (time && (!next || *time < *next)) next = time;
  }
  return next ? local_date_time(*next) : std::string{};
}

Table steps_table(json::object const& run, Timestamp now, Style const& style) {
  Table table{{"STEP", "STATUS", "ATTEMPT", "TOOK", "EXIT", "ERROR"}, {}, 0};
  for (auto const& entry : array_of(run, "steps")) {
    if (!entry.is_object()) continue;
    auto const& step = entry.get_object();
    table.rows.push_back({shown(step, "id"), step_status(step, style), attempt(step), took(step, now), exit_of(step),
                          shown(step, "error")});
  }
  return table;
}

}  // namespace

std::string runs_text(json::object const& page, Timestamp now, Style const& style, std::size_t columns) {
  Table table{{"RUN", "WORKFLOW", "STATUS", "CREATED", "TOOK", "STARTED BY"}, {}, 1};
  for (auto const& item : array_of(page, "items")) {
    if (!item.is_object()) continue;
    auto const& run = item.get_object();
    table.rows.push_back({shown(run, "id"), shown(run, "workflow"), run_status(run, style), moment(run, "createdAt"),
                          took(run, now), shown(run, "startedBy")});
  }
  return table.rows.empty() ? "no runs\n" : layout(table, style, columns);
}

std::string workflows_text(json::array const& workflows, Style const& style, std::size_t columns) {
  Table table{{"WORKFLOW", "VERSION", "STORED", "LAST RUN", "STATUS", "NEXT RUN"}, {}, 0};
  for (auto const& item : workflows) {
    if (!item.is_object()) continue;
    auto const& workflow = item.get_object();
    auto const* last = workflow.if_contains("lastRun");
    auto const& run = last && last->is_object() ? last->get_object() : json::object{};
    table.rows.push_back({shown(workflow, "name"), number(workflow, "version"), moment(workflow, "updatedAt"),
                          moment(run, "createdAt"), run_status(run, style), next_start(workflow)});
  }
  return table.rows.empty() ? "no workflows\n" : layout(table, style, columns);
}

std::string run_text(json::object const& run, Timestamp now, Style const& style, std::size_t columns) {
  std::string out;
  auto const fact = [&](std::string_view name, std::string const& value) {
    if (!value.empty()) out += fmt::format("{}{}\n", style.paint(Paint::bold, pad(name, 10)), value);
  };
  fact("run", shown(run, "id"));
  fact("workflow", fmt::format("{}, version {}", shown(run, "workflow"), number(run, "version")));
  fact("status", run_status(run, style));
  fact("error", shown(run, "error"));
  fact("by", shown(run, "startedBy"));
  fact("created", moment(run, "createdAt"));
  fact("started", moment(run, "startedAt"));
  fact("ended", moment(run, "endedAt"));
  fact("took", took(run, now));
  return out + "\n" + layout(steps_table(run, now, style), style, columns);
}

}  // namespace runcast::cli
