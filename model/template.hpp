#pragma once

#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include <boost/json/value.hpp>

#include "base/result.hpp"
#include "model/expression.hpp"

namespace runcast {

// A text with `${{ expression }}` in it. `$${{` stands for a plain `${{`.
class Template {
 public:
  static boost::system::result<Template, TextError> parse(std::string_view text);

  // The text with each expression's value in its place.
  std::string render_text(ExpressionContext const& context) const;

  // As render_text(), but a text that is one expression and nothing else becomes its value, of whatever type.
  boost::json::value render(ExpressionContext const& context) const;

  // Of all its expressions; positions count from the template's beginning.
  std::vector<Reference> references() const;

  bool is_literal() const;

  // The expression that is all of the text, or null.
  Expression const* sole_expression() const;

 private:
  struct Hole {
    std::size_t position;  // of the expression in the template's text
    Expression expression;
  };
  std::vector<std::variant<std::string, Hole>> parts_;
};

// Fills in a text. It fails only on a template that does not parse; a definition holds none.
Result<std::string> render_text(std::string_view text, ExpressionContext const& context);

// Fills in every string within a value; keys stay as they are. Too deep a value (64 levels) is an error.
Result<boost::json::value> render(boost::json::value const& value, ExpressionContext const& context);

}  // namespace runcast
