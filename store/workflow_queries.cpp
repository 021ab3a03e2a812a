#include "store/queries.hpp"

#include <fmt/format.h>

#include "store/rows.hpp"

namespace runcast::queries {
namespace {

constexpr std::size_t page_bytes = 4u << 20;  // of definitions; a page has one at least

std::optional<LastRun> read_last_run(Statement const& row) {
  auto const id = RunId::parse(row.text(5));
  auto const status = run_status_from(row.text(6));
  if (!id || !status) return std::nullopt;
  return LastRun{*id, *status, row.time(7)};
}

WorkflowRow read_workflow_row(Statement const& row) {
  return {row.str(0), static_cast<int>(row.integer(1)), row.str(2), row.time(3), row.time(4), read_last_run(row)};
}

constexpr std::string_view select_workflows =
    "SELECT w.name, v.version, json, w.created, v.created, r.id, r.status, r.created FROM workflows w "
    "JOIN workflow_versions v USING (name) JOIN definitions USING (definition_id) LEFT JOIN runs r "
    "ON r.run_no = (SELECT run_no FROM runs WHERE workflow = w.name ORDER BY id DESC LIMIT 1)";

}  // namespace

Result<WorkflowRow> workflow(Connection& connection, std::string_view name, std::optional<int> version) {
  auto row =
      version
          ? connection.query(fmt::format("{} WHERE name = ? AND v.version = ?", select_workflows), name, *version)
          : connection.query(
                fmt::format("{} WHERE name = ? AND v.version = w.version AND deleted IS NULL", select_workflows), name);
  if (!row) return row.error();
  auto const there = (*row)->step();
  if (!there) return there.error();
  if (!*there) {
    auto const which = version ? fmt::format("version {} of ", *version) : std::string();
    return fail(Errc::not_found, fmt::format("there is no {}workflow {}", which, name));
  }
  return read_workflow_row(**row);
}

Result<WorkflowPage> workflows(Connection& connection, std::size_t limit, std::string_view cursor) {
  auto rows = connection.query(
      fmt::format("{} WHERE name > ? AND v.version = w.version AND deleted IS NULL ORDER BY name LIMIT ?",
                  select_workflows),
      cursor, limit + 1);
  WorkflowPage page;
  std::size_t bytes = 0;
  auto const done = for_each(std::move(rows), [&](Statement const& row) {
    bytes += row.text(2).size();
    if (page.items.size() == limit || (bytes > page_bytes && !page.items.empty())) {
      page.next_cursor = page.items.back().name;
      return false;
    }
    page.items.push_back(read_workflow_row(row));
    return true;
  });
  if (!done) return done.error();
  return page;
}

}  // namespace runcast::queries
