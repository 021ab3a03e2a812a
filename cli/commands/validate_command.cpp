#include <fmt/format.h>
#include <boost/json.hpp>

#include "cli/commands/commands.hpp"
#include "cli/document/document.hpp"
#include "cli/terminal/text.hpp"
#include "model/dag.hpp"
#include "model/definition.hpp"
#include "model/json_text.hpp"

namespace runcast::cli {
namespace {

namespace json = boost::json;

struct ValidateOptions {
  std::string file;
  bool json = false;
};

struct LocatedFault {
  std::optional<TextPlace> place;
  Fault fault;
};

std::string describe(std::string const& file, LocatedFault const& located) {
  std::string out = plain_text(file);
  if (located.place) out += fmt::format(":{}:{}", located.place->line, located.place->column);
  if (!located.fault.pointer.empty()) out += fmt::format(": {}", plain_text(located.fault.pointer));
  return out + ": " + plain_text(located.fault.message);
}

void tell(ValidateOptions const& options, std::vector<LocatedFault> const& faults) {
  if (!options.json) {
    for (auto const& fault : faults) fmt::print(stderr, "{}\n", describe(options.file, fault));
    return;
  }
  json::array errors;
  for (auto const& [place, fault] : faults) {
    json::object error{{"pointer", fault.pointer}, {"message", fault.message}};
    if (place) {
      error["line"] = place->line;
      error["column"] = place->column;
    }
    errors.push_back(std::move(error));
  }
  print_line(to_json_text(json::object{{"errors", std::move(errors)}}));
}

void tell(ValidateOptions const& options, Workflow const& workflow) {
  auto const dag = Dag::build(workflow.steps).value();
  json::array layers;
  std::string lines;
  for (std::size_t layer = 0; layer < dag.layers(); ++layer) {
    json::array ids;
    lines += fmt::format("  layer {}:", layer + 1);
    for (auto const step : dag.steps_of_layer(layer)) {
      ids.emplace_back(workflow.steps[step].id);
      lines += " " + workflow.steps[step].id;
    }
    lines += '\n';
    layers.push_back(std::move(ids));
  }
  if (options.json) return print_line(to_json_text(json::object{{"layers", std::move(layers)}}));
  fmt::print("{}: {} in {}\n{}", workflow.name, count_of(workflow.steps.size(), "step"),
             count_of(dag.layers(), "layer"), lines);
}

OrRefusal<int> run_validate(ValidateOptions const& options) {
  auto const text = read_document(options.file);
  if (!text) return bad_use(text.error().message);
  auto const document = parse_document(*text, guess_format(options.file, *text));
  if (!document) {
    tell(options, {{document.error().place, {"", document.error().message}}});
    return exit_code::failure;
  }
  auto const workflow = parse_definition(document->value);
  if (workflow) {
    tell(options, *workflow);
    return exit_code::success;
  }
  std::vector<LocatedFault> faults;
  for (auto const& fault : workflow.error()) faults.push_back({document->places.find(fault.pointer), fault});
  tell(options, faults);
  return exit_code::failure;
}

}  // namespace

void add_validate(CLI::App& app, CommandAction& action) {
  auto options = std::make_shared<ValidateOptions>();
  auto* command = app.add_subcommand("validate", "Check a workflow definition, without a server")->group(group_start);
  add_definition_option(*command, options->file);
  command->add_flag("--json", options->json, "Print {\"layers\":…} or {\"errors\":…}");
  command->footer(
      "Prints the layers in which the steps would run, or every fault with its place in the file.\n"
      "Ends with 0, 1 (faults), or 2 (no such file).\n\n"
      "Examples:\n"
      "  runcast validate release.yaml\n"
      "  generate-workflow | runcast validate --json -");
  on_chosen(command, action, options, run_validate);
}

}  // namespace runcast::cli
