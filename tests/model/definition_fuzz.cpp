#include <cstdlib>

#include "model/dag.hpp"
#include "model/definition.hpp"
#include "model/inputs.hpp"

// Whatever is sent, the answer is a workflow that a scheduler can use, or at least one fault.
extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  using namespace runcast;
  std::string_view const text(reinterpret_cast<char const*>(data), size);
  auto const workflow = parse_definition_text(text);
  if (!workflow) {
    if (workflow.error().empty()) std::abort();
    return 0;
  }
  auto const dag = Dag::build(workflow->steps);
  if (!dag || dag->order().size() != workflow->steps.size()) std::abort();
  (void)check_inputs(workflow->inputs, {});
  return 0;
}
