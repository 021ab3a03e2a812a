#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "model/event.hpp"
#include "model/segment.hpp"
#include "store/connection.hpp"
#include "store/types.hpp"

// The store's questions to the database, each to be run on a reader's connection; what they mean stands at Store.
namespace runcast::queries {

// Which part of the events is this run's; not_found.
Result<std::int64_t> run_no(Connection& connection, RunId const& run);

Result<SegmentPage> segment(Connection& connection, RunId const& run, std::uint64_t after, std::size_t max_events,
                            std::size_t max_bytes);
Result<std::vector<std::string>> events(Connection& connection, RunId const& run, std::uint64_t after,
                                        std::size_t limit, std::size_t max_bytes);
Result<std::vector<StoredEvent>> feed(Connection& connection, std::uint64_t after_id, std::size_t limit);

// The next `limit` lifecycle events after a seq, or fewer at the end.
Result<std::vector<Event>> lifecycle(Connection& connection, RunId const& run, std::uint64_t after, std::size_t limit);

// The newest `limit` events of progress, in order.
Result<std::vector<Event>> progress(Connection& connection, RunId const& run, std::size_t limit);

Result<RunRow> run(Connection& connection, RunId const& run);
Result<RunDocument> run_document(Connection& connection, RunId const& run);
Result<RunPage> runs(Connection& connection, RunQuery const& query);
Result<std::vector<RunId>> unfinished_runs(Connection& connection);

// nullopt: the latest version, unless the workflow is deleted.
Result<WorkflowRow> workflow(Connection& connection, std::string_view name, std::optional<int> version);
Result<WorkflowPage> workflows(Connection& connection, std::size_t limit, std::string_view cursor);

}  // namespace runcast::queries
