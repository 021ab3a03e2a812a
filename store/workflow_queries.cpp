#include "store/queries.hpp"

#include <fmt/format.h>

#include "store/rows.hpp"

namespace runcast::queries {
namespace {

WorkflowRow read_workflow_row(Statement const& row) {
  return {row.str(0), static_cast<int>(row.integer(1)), row.str(2), row.time(3), row.time(4)};
}

constexpr std::string_view select_workflows =
    "SELECT w.name, v.version, json, w.created, v.created FROM workflows w JOIN workflow_versions v USING (name) "
    "JOIN definitions USING (definition_id)";

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
  if (!*there) return fail(Errc::not_found, fmt::format("there is no workflow {}", name));
  return read_workflow_row(**row);
}

Result<WorkflowPage> workflows(Connection& connection, std::size_t limit, std::string_view cursor) {
  auto rows = connection.query(
      fmt::format("{} WHERE name > ? AND v.version = w.version AND deleted IS NULL ORDER BY name LIMIT ?",
                  select_workflows),
      cursor, limit + 1);
  WorkflowPage page;
  auto const done = for_each(std::move(rows), [&](Statement const& row) {
    page.items.push_back(read_workflow_row(row));
    return true;
  });
  if (!done) return done.error();
  cut(page, limit, [](WorkflowRow const& row) { return row.name; });
  return page;
}

}  // namespace runcast::queries
