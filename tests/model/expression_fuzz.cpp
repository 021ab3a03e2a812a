#include <cstdlib>

#include "model/template.hpp"
#include "tests/model/fake_context.hpp"

// Whatever is written, it has a value or an error at a place within it.
extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  using namespace runcast;
  std::string_view const text(reinterpret_cast<char const*>(data), size);
  static FakeContext const context = [] {
    FakeContext out;
    out.inputs = boost::json::parse(R"({"a":1,"b":"text","c":[1,{"d":2.5}],"e":null})").as_object();
    out.outputs = boost::json::parse(R"({"s":{"x":"1","y":{"z":true}}})").as_object();
    out.statuses = {{"s", StepStatus::failed}};
    return out;
  }();
  auto const expression = Expression::parse(text);
  if (expression) {
    (void)to_text(expression->evaluate(context));
  } else if (expression.error().position > size || expression.error().message.empty()) {
    std::abort();
  }
  auto const filled = Template::parse(text);
  if (filled) {
    (void)filled->render(context);
  } else if (filled.error().position > size) {
    std::abort();
  }
  return 0;
}
