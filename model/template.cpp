#include "model/template.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

namespace runcast {

namespace json = boost::json;

namespace {

constexpr std::string_view opening = "${{";
constexpr std::string_view closing = "}}";
constexpr std::size_t max_depth = 64;

// Where the expression that begins at `begin` ends: its closing braces, not those within a string. npos: nowhere.
std::size_t find_closing(std::string_view text, std::size_t begin) {
  char quote = 0;
  for (auto at = begin; at < text.size(); ++at) {
    char const c = text[at];
    if (quote != 0) {
      if (c == '\\' && quote == '"') {
        ++at;
      } else if (c == quote) {
        quote = 0;
      }
    } else if (c == '\'' || c == '"') {
      quote = c;
    } else if (text.substr(at).starts_with(closing)) {
      return at;
    }
  }
  return std::string_view::npos;
}

Result<json::value> render_at(json::value const& value, ExpressionContext const& context, std::size_t depth) {
  if (depth > max_depth) return fail(Errc::too_large, "the value is nested too deeply");
  if (auto const* text = value.if_string()) {
    auto const parsed = Template::parse(*text);
    if (!parsed) return fail(Errc::invalid, to_string(parsed.error()));
    return parsed->render(context);
  }
  if (auto const* array = value.if_array()) {
    json::array out;
    out.reserve(array->size());
    for (auto const& item : *array) {
      auto rendered = render_at(item, context, depth + 1);
      if (!rendered) return rendered;
      out.push_back(std::move(*rendered));
    }
    return json::value(std::move(out));
  }
  if (auto const* object = value.if_object()) {
    json::object out;
    out.reserve(object->size());
    for (auto const& member : *object) {
      auto rendered = render_at(member.value(), context, depth + 1);
      if (!rendered) return rendered;
      out.emplace(member.key(), std::move(*rendered));
    }
    return json::value(std::move(out));
  }
  return value;
}

}  // namespace

boost::system::result<Template, TextError> Template::parse(std::string_view text) {
  Template out;
  std::string plain;
  std::size_t at = 0;
  while (at < text.size()) {
    auto const found = text.find(opening, at);
    if (found == std::string_view::npos) break;
    if (found > at && text[found - 1] == '$') {  // $${{
      plain += text.substr(at, found - 1 - at);
      plain += opening;
      at = found + opening.size();
      continue;
    }
    plain += text.substr(at, found - at);
    auto const begin = found + opening.size();
    auto const end = find_closing(text, begin);
    if (end == std::string_view::npos) return TextError{found, "this '${{' has no '}}'"};
    auto expression = Expression::parse(text.substr(begin, end - begin));
    if (!expression) return TextError{begin + expression.error().position, expression.error().message};
    if (!plain.empty()) out.parts_.emplace_back(std::exchange(plain, {}));
    out.parts_.emplace_back(Hole{begin, std::move(*expression)});
    at = end + closing.size();
  }
  plain += text.substr(at);
  if (!plain.empty()) out.parts_.emplace_back(std::move(plain));
  return out;
}

std::string Template::render_text(ExpressionContext const& context) const {
  std::string out;
  for (auto const& part : parts_) {
    if (auto const* plain = std::get_if<std::string>(&part)) {
      out += *plain;
    } else {
      out += to_text(std::get<Hole>(part).expression.evaluate(context));
    }
  }
  return out;
}

json::value Template::render(ExpressionContext const& context) const {
  auto const* expression = sole_expression();
  return expression != nullptr ? expression->evaluate(context) : json::value(render_text(context));
}

std::vector<Reference> Template::references() const {
  std::vector<Reference> out;
  for (auto const& part : parts_) {
    auto const* hole = std::get_if<Hole>(&part);
    if (hole == nullptr) continue;
    for (auto reference : hole->expression.references()) {
      reference.position += hole->position;
      out.push_back(std::move(reference));
    }
  }
  return out;
}

bool Template::is_literal() const {
  return parts_.empty() || (parts_.size() == 1 && std::holds_alternative<std::string>(parts_.front()));
}

Expression const* Template::sole_expression() const {
  auto const* hole = parts_.size() == 1 ? std::get_if<Hole>(&parts_.front()) : nullptr;
  return hole != nullptr ? &hole->expression : nullptr;
}

Result<std::string> render_text(std::string_view text, ExpressionContext const& context) {
  auto const parsed = Template::parse(text);
  if (!parsed) return fail(Errc::invalid, to_string(parsed.error()));
  return parsed->render_text(context);
}

Result<json::value> render(json::value const& value, ExpressionContext const& context) {
  return render_at(value, context, 0);
}

}  // namespace runcast
