#pragma once

#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include "store/store.hpp"

namespace runcast::testing {

// A directory of its own, removed with all that is in it.
class TempDir {
 public:
  TempDir();
  ~TempDir();
  TempDir(TempDir const&) = delete;
  TempDir& operator=(TempDir const&) = delete;

  std::filesystem::path const& path() const { return path_; }
  std::filesystem::path operator/(std::string const& name) const { return path_ / name; }

 private:
  std::filesystem::path path_;
};

// Runs a coroutine to its end on this thread.
template <class T>
T await(Awaitable<T> task) {
  asio::io_context context{1};
  std::exception_ptr failure;
  if constexpr (std::is_void_v<T>) {
    asio::co_spawn(context, std::move(task), [&](std::exception_ptr exception) { failure = exception; });
    context.run();
    if (failure) std::rethrow_exception(failure);
  } else {
    std::optional<T> result;
    asio::co_spawn(context, std::move(task), [&](std::exception_ptr exception, T value) {
      failure = exception;
      if (!exception) result.emplace(std::move(value));
    });
    context.run();
    if (failure) std::rethrow_exception(failure);
    return std::move(*result);
  }
}

// A store in `dir`; throws where it does not open.
std::unique_ptr<Store> open_store(std::filesystem::path const& dir, Durability durability = Durability::power);

RunId new_run_id();
// A pending run of the workflow `name`.
RunId create_run(Store& store, std::string const& name = "build");

EventDraft line(std::string const& message, std::string const& step = "compile", Level level = Level::info);
EventDraft run_start();
EventDraft step_start(std::string const& step);
EventDraft run_complete(RunStatus status = RunStatus::succeeded);

std::vector<EventDraft> drafts(auto... draft) {
  std::vector<EventDraft> all;
  (all.push_back(std::move(draft)), ...);
  return all;
}
std::vector<EventDraft> lines(std::size_t count, std::string const& prefix = "line ");

// append() to its end; throws where it is refused.
std::vector<std::uint64_t> append(Store& store, RunId const& run, std::vector<EventDraft> drafts);

// Every stored text of a run.
std::vector<std::string> texts(Store& store, RunId const& run);

// A member of an event's text.
std::int64_t number_in(std::string const& json, char const* member);

// Remembers every commit that a store tells of.
class Recorder {
 public:
  explicit Recorder(Store& store);

  std::vector<std::string> texts(RunId const& run) const;
  std::vector<std::uint64_t> ids() const;  // of all events, in the order in which they were told
  std::vector<std::shared_ptr<Commit const>> commits() const;

 private:
  std::mutex mutable mutex_;
  std::vector<std::shared_ptr<Commit const>> commits_;
};

}  // namespace runcast::testing
