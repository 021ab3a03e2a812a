#include "model/expression.hpp"

#include <charconv>
#include <utility>

#include <fmt/format.h>

#include "model/expression_tree.hpp"
#include "model/json_text.hpp"

namespace runcast {

namespace json = boost::json;

namespace {

bool is_whole(json::value const& value) { return value.is_int64() || value.is_uint64(); }

template <class A, class B>
int whole_order(A a, B b) {
  if (std::cmp_less(a, b)) return -1;
  return std::cmp_equal(a, b) ? 0 : 1;
}

// -1, 0, 1; nothing where neither is before the other.
std::optional<int> compare(json::value const& a, json::value const& b) {
  auto const order = [](auto const& x, auto const& y) -> std::optional<int> {
    if (x < y) return -1;
    if (y < x) return 1;
    return x == y ? std::optional(0) : std::nullopt;
  };
  if (a.is_string() && b.is_string()) return order(std::string_view(a.get_string()), std::string_view(b.get_string()));
  if (!a.is_number() || !b.is_number()) return std::nullopt;
  if (!is_whole(a) || !is_whole(b)) return order(a.to_number<double>(), b.to_number<double>());
  auto const with_b = [&](auto x) {
    return b.is_uint64() ? whole_order(x, b.get_uint64()) : whole_order(x, b.get_int64());
  };
  return a.is_uint64() ? with_b(a.get_uint64()) : with_b(a.get_int64());
}

bool contains(json::value const& whole, json::value const& part) {
  if (auto const* array = whole.if_array()) {
    return std::any_of(array->begin(), array->end(), [&](auto const& item) { return equal_values(item, part); });
  }
  auto const* text = whole.if_string();
  auto const* needle = part.if_string();
  return text != nullptr && needle != nullptr && text->find(*needle) != json::string::npos;
}

// Both are strings, and `rule` holds for them.
template <class Rule>
bool both_texts(json::value const& a, json::value const& b, Rule rule) {
  return a.is_string() && b.is_string() && rule(std::string_view(a.get_string()), std::string_view(b.get_string()));
}

json::value const* member_of(json::value const& value, std::string const& part) {
  if (auto const* object = value.if_object()) return object->if_contains(part);
  auto const* array = value.if_array();
  if (array == nullptr) return nullptr;
  std::size_t index = 0;
  auto const* const end = part.data() + part.size();
  auto const [stop, error] = std::from_chars(part.data(), end, index);
  return error == std::errc{} && stop == end ? array->if_contains(index) : nullptr;
}

class Evaluation {
 public:
  Evaluation(Expression::Tree const& tree, ExpressionContext const& context) : tree_(tree), context_(context) {}

  // Recursion is bounded: the parser makes at most 1,000 nodes.
  json::value at(std::size_t index) const {
    auto const& node = tree_.nodes[index];
    switch (node.op) {
      case Op::literal:
        return node.literal;
      case Op::reference:
        return look_up(node);
      case Op::not_:
        return !is_truthy(at(node.left));
      case Op::and_: {
        auto left = at(node.left);
        return is_truthy(left) ? at(node.right) : left;
      }
      case Op::or_: {
        auto left = at(node.left);
        return is_truthy(left) ? left : at(node.right);
      }
      case Op::success:
        return context_.needs_succeeded();
      case Op::failure:
        return context_.needs_failed();
      case Op::always:
        return true;
      default:
        return of_two(node.op, at(node.left), at(node.right));
    }
  }

 private:
  static json::value of_two(Op op, json::value const& left, json::value const& right) {
    auto const order = compare(left, right);
    switch (op) {
      case Op::equal:
        return equal_values(left, right);
      case Op::not_equal:
        return !equal_values(left, right);
      case Op::less:
        return order && *order < 0;
      case Op::less_equal:
        return order && *order <= 0;
      case Op::greater:
        return order && *order > 0;
      case Op::greater_equal:
        return order && *order >= 0;
      case Op::contains:
        return contains(left, right);
      case Op::starts_with:
        return both_texts(left, right, [](auto text, auto part) { return text.starts_with(part); });
      case Op::ends_with:
        return both_texts(left, right, [](auto text, auto part) { return text.ends_with(part); });
      default:
        return nullptr;
    }
  }

  json::value look_up(ExpressionNode const& node) const {
    auto const& path = node.path;
    switch (node.root) {
      case Reference::Root::run:
        return json::value(context_.run_id());
      case Reference::Root::inputs:
        return inside(context_.input(path[0]), path, 1);
      case Reference::Root::matrix:
        return inside(context_.matrix(path[0]), path, 1);
      case Reference::Root::secrets: {
        auto const secret = context_.secret(path[0]);
        return secret ? json::value(*secret) : json::value();
      }
      case Reference::Root::steps:
        break;
    }
    if (path[1] == "outputs") return inside(context_.step_output(path[0], path[2]), path, 3);
    auto const status = context_.step_status(path[0]);
    return status ? json::value(to_string(*status)) : json::value();
  }

  static json::value inside(json::value const* value, std::vector<std::string> const& path, std::size_t from) {
    for (auto i = from; i < path.size() && value != nullptr; ++i) value = member_of(*value, path[i]);
    return value != nullptr ? *value : json::value();
  }

  Expression::Tree const& tree_;
  ExpressionContext const& context_;
};

}  // namespace

json::value Expression::evaluate(ExpressionContext const& context) const {
  return Evaluation(*tree_, context).at(tree_->nodes.size() - 1);
}

bool Expression::test(ExpressionContext const& context) const { return is_truthy(evaluate(context)); }

std::vector<Reference> const& Expression::references() const { return tree_->references; }

bool Expression::considers_status() const { return tree_->considers_status; }

bool is_truthy(json::value const& value) {
  switch (value.kind()) {
    case json::kind::null:
      return false;
    case json::kind::bool_:
      return value.get_bool();
    case json::kind::int64:
      return value.get_int64() != 0;
    case json::kind::uint64:
      return value.get_uint64() != 0;
    case json::kind::double_:
      return value.get_double() != 0;
    case json::kind::string:
      return !value.get_string().empty();
    case json::kind::array:
    case json::kind::object:
      return true;
  }
  return false;
}

bool equal_values(json::value const& a, json::value const& b) {
  if (a.is_number() && b.is_number()) return compare(a, b) == 0;
  return a == b;
}

std::string to_text(json::value const& value) {
  switch (value.kind()) {
    case json::kind::null:
      return {};
    case json::kind::bool_:
      return value.get_bool() ? "true" : "false";
    case json::kind::int64:
      return fmt::to_string(value.get_int64());
    case json::kind::uint64:
      return fmt::to_string(value.get_uint64());
    case json::kind::double_:
      return fmt::to_string(value.get_double());
    case json::kind::string:
      return std::string(value.get_string());
    case json::kind::array:
    case json::kind::object:
      return to_json_text(value);
  }
  return {};
}

}  // namespace runcast
