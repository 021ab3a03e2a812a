#include "model/workflow.hpp"

namespace runcast {

bool Condition::holds(ExpressionContext const& context) const {
  switch (kind) {
    case Kind::success:
      return context.needs_succeeded();
    case Kind::failure:
      return context.needs_failed();
    case Kind::always:
      return true;
    case Kind::expression:
      break;
  }
  return (expression->considers_status() || context.needs_succeeded()) && expression->test(context);
}

}  // namespace runcast
