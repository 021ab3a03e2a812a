#include <fmt/format.h>

#include "model/definition_draft.hpp"
#include "model/inputs.hpp"
#include "model/names.hpp"

// The members that are values of their own: env, if, matrix, retry, timeout, templates.
namespace runcast {

namespace json = boost::json;

namespace {

constexpr std::size_t max_axes = 16;

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view spaces = " \t\r\n";
  auto const begin = text.find_first_not_of(spaces);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(spaces) + 1 - begin);
}

std::optional<Condition::Kind> fate_of(std::string_view text) {
  if (text == "success" || text == "success()") return Condition::Kind::success;
  if (text == "failure" || text == "failure()") return Condition::Kind::failure;
  if (text == "always" || text == "always()") return Condition::Kind::always;
  return std::nullopt;
}

// An expression that stands alone, and what it mentions, with places in the text as it was written.
struct Sole {
  Expression expression;
  std::vector<Reference> references;
};

boost::system::result<Sole, TextError> parse_bare(std::string_view text) {
  auto parsed = Expression::parse(text);
  if (!parsed) return parsed.error();
  return Sole{*parsed, parsed->references()};
}

boost::system::result<Sole, TextError> parse_wrapped(std::string_view text) {
  auto const whole = Template::parse(text);
  if (!whole) return whole.error();
  auto const* expression = whole->sole_expression();
  if (expression != nullptr) return Sole{*expression, whole->references()};
  return TextError{0, "expected one expression, such as \"${{ steps.list.outputs.items }}\""};
}

std::optional<Expression> read_sole(JsonNode const& node, boost::system::result<Sole, TextError> parsed, StepIndex step,
                                    DefinitionDraft& draft) {
  if (!parsed) {
    node.fault(to_string(parsed.error()));
    return std::nullopt;
  }
  draft.uses.push_back({node.pointer(), {step, false, false}, std::move(parsed->references)});
  return std::move(parsed->expression);
}

std::optional<MatrixAxis> read_axis(JsonNode const& node, std::string_view name, StepIndex step,
                                    DefinitionDraft& draft) {
  if (!is_step_name(name)) {
    node.fault("a matrix axis is named with letters, digits, '_' and '-', at most 64, not beginning with a digit");
    return std::nullopt;
  }
  if (auto const* text = node.value().if_string()) {
    auto expression = read_sole(node, parse_wrapped(trimmed(*text)), step, draft);
    if (!expression) return std::nullopt;
    return MatrixAxis{std::string(name), std::move(*expression)};
  }
  auto const* values = node.value().if_array();
  if (values == nullptr) {
    node.expected("an array of values or an expression");
    return std::nullopt;
  }
  if (values->empty()) node.fault("an axis needs at least one value");
  return MatrixAxis{std::string(name), *values};
}

}  // namespace

std::optional<Matrix> read_matrix(JsonNode const& node, StepIndex step, DefinitionDraft& draft) {
  if (auto const* text = node.value().if_string()) {
    auto expression = read_sole(node, parse_wrapped(trimmed(*text)), step, draft);
    if (!expression) return std::nullopt;
    return Matrix{std::move(*expression)};
  }
  auto const* object = node.value().if_object();
  if (object == nullptr) {
    node.expected("an object of axes or an expression");
    return std::nullopt;
  }
  if (object->empty()) node.fault("a matrix needs at least one axis");
  if (object->size() > max_axes) {
    node.fault(fmt::format("a matrix has at most {} axes", max_axes));
    return std::nullopt;
  }
  std::vector<MatrixAxis> axes;
  std::vector<std::string> variables;
  for (auto const& member : *object) {
    auto const axis_node = node.member(member.value(), member.key());
    auto axis = read_axis(axis_node, member.key(), step, draft);
    if (!axis) continue;
    auto variable = variable_for("MATRIX_", axis->name);
    if (std::find(variables.begin(), variables.end(), variable) != variables.end()) {
      axis_node.fault(fmt::format("two axes would both be {}", variable));
    }
    variables.push_back(std::move(variable));
    axes.push_back(std::move(*axis));
  }
  return Matrix{std::move(axes)};
}

std::optional<Condition> read_condition(JsonNode const& node, StepIndex step, DefinitionDraft& draft) {
  std::string_view text;
  if (auto const* truth = node.value().if_bool()) {
    text = *truth ? "true" : "false";
  } else if (auto const* string = node.value().if_string()) {
    text = *string;
  } else {
    node.expected("success, failure, always or an expression");
    return std::nullopt;
  }
  auto const plain = trimmed(text);
  if (auto const fate = fate_of(plain)) return Condition{*fate, std::nullopt};
  auto parsed = plain.starts_with("${{") ? parse_wrapped(plain) : parse_bare(text);
  auto expression = read_sole(node, std::move(parsed), step, draft);
  if (!expression) return std::nullopt;
  return Condition{Condition::Kind::expression, std::move(expression)};
}

RetryPolicy read_retry(JsonNode const& node) {
  RetryPolicy policy;
  auto const* object = node.object();
  if (object == nullptr) return policy;
  JsonMembers members(*object, node.place(), node.log());
  if (auto const attempts = members.require("maxAttempts")) {
    policy.max_attempts = static_cast<int>(attempts->integer(1, 1000).value_or(1));
  }
  if (auto const delay = members.get("delay")) policy.delay = delay->duration().value_or(Millis{});
  if (auto const backoff = members.get("backoff")) policy.backoff = backoff->number(1, 1000).value_or(1);
  if (auto const jitter = members.get("jitter")) policy.jitter = jitter->number(0, 1).value_or(0);
  if (auto const longest = members.get("maxDelay")) {
    policy.max_delay = longest->duration();
    if (policy.max_delay && *policy.max_delay < policy.delay) longest->fault("is shorter than 'delay'");
  }
  members.refuse_others();
  return policy;
}

std::optional<Millis> read_timeout(JsonNode const& node) {
  auto const duration = node.duration();
  if (duration && *duration <= Millis{0}) {
    node.fault("must be longer than nothing");
    return std::nullopt;
  }
  return duration;
}

std::vector<Variable> read_env(JsonNode const& node, ExpressionScope scope, DefinitionDraft& draft) {
  std::vector<Variable> out;
  auto const* object = node.object();
  if (object == nullptr) return out;
  for (auto const& member : *object) {
    std::string_view const name = member.key();
    auto const variable = node.member(member.value(), name);
    auto const& value = member.value();
    if (!is_variable_name(name)) {
      variable.fault("an environment variable is named with letters, digits and '_', not beginning with a digit");
    }
    if (!value.is_string() && !value.is_number() && !value.is_bool()) {
      variable.expected("a string, a number or a boolean");
      continue;
    }
    auto text = to_text(value);
    if (text.find('\0') != std::string::npos) variable.fault("must not contain a NUL character");
    if (text.size() + name.size() + 1 > max_argument_bytes) {
      variable.fault(
          fmt::format("is {} bytes long, the most is {}", text.size(), max_argument_bytes - name.size() - 1));
    }
    read_template(variable, text, scope, draft);
    out.push_back({std::string(name), std::move(text)});
  }
  return out;
}

void read_template(JsonNode const& node, std::string_view text, ExpressionScope scope, DefinitionDraft& draft) {
  auto const parsed = Template::parse(text);
  if (!parsed) {
    node.fault(to_string(parsed.error()));
  } else if (!parsed->is_literal()) {
    draft.uses.push_back({node.pointer(), scope, parsed->references()});
  }
}

void read_templates(JsonNode const& node, ExpressionScope scope, DefinitionDraft& draft) {
  auto const& value = node.value();
  if (auto const* text = value.if_string()) {
    read_template(node, *text, scope, draft);
  } else if (auto const* array = value.if_array()) {
    for (std::size_t i = 0; i < array->size(); ++i) read_templates(node.element((*array)[i], i), scope, draft);
  } else if (auto const* object = value.if_object()) {
    for (auto const& member : *object) read_templates(node.member(member.value(), member.key()), scope, draft);
  }
}

}  // namespace runcast
