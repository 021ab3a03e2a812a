#pragma once

#include <cstdio>
#include <functional>
#include <memory>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include "cli/cli.hpp"
#include "cli/options.hpp"

// The commands, one function each (see AddCommand), in the order of the help.
namespace runcast::cli {

void add_validate(CLI::App& app, CommandAction& action);
void add_submit(CLI::App& app, CommandAction& action);
void add_start(CLI::App& app, CommandAction& action);
void add_follow(CLI::App& app, CommandAction& action);
void add_worker(CLI::App& app, CommandAction& action);
void add_logs(CLI::App& app, CommandAction& action);
void add_runs(CLI::App& app, CommandAction& action);
void add_show(CLI::App& app, CommandAction& action);
void add_cancel(CLI::App& app, CommandAction& action);
void add_rerun(CLI::App& app, CommandAction& action);
void add_approve(CLI::App& app, CommandAction& action);
void add_reject(CLI::App& app, CommandAction& action);
void add_workflow(CLI::App& app, CommandAction& action);
void add_bundle(CLI::App& app, CommandAction& action);
void add_import(CLI::App& app, CommandAction& action);
void add_replay(CLI::App& app, CommandAction& action);
void add_secrets(CLI::App& app, CommandAction& action);

inline constexpr auto group_start = "Start and watch";
inline constexpr auto group_look = "Look";
inline constexpr auto group_steer = "Steer";
inline constexpr auto group_keep = "Keep";
inline constexpr auto group_operate = "Operate";
inline constexpr auto group_move = "Move and prove";

// A command's exit code, with the reason for a refusal told.
inline int finish(OrRefusal<int> const& result) {
  if (result) return *result;
  fmt::print(stderr, "error: {}\n", result.error().message);
  return result.error().exit_code;
}

// Makes the call and prints its answer: as it is with --json, else `text` of it, which ends with a line feed.
template <class Text>
OrRefusal<int> print_answer(ClientOptions const& options, ApiCall const& request, Text const& text,
                            PlaceOf const& place_of = {}) {
  auto client = make_client(options);
  if (!client) return client.error();
  auto const body = call(*client, request, place_of);
  if (!body) return body.error();
  if (options.json) return print_line(*body), exit_code::success;
  auto const answer = parse_answer(*body);
  if (!answer) return answer.error();
  fmt::print("{}", text(*answer));
  return exit_code::success;
}

// The definition that a command takes.
inline void add_definition_option(CLI::App& command, std::string& file) {
  command.add_option("FILE", file, "A definition, JSON or YAML; - for standard input")->required()->type_name("");
}

// Where the user chooses `command`, `run(*options)` is what is done.
template <class Options>
void on_chosen(CLI::App* command, CommandAction& action, std::shared_ptr<Options> options,
               OrRefusal<int> (*run)(Options const&)) {
  command->callback([&action, options, run] { action = [options, run] { return finish(run(*options)); }; });
}

}  // namespace runcast::cli
