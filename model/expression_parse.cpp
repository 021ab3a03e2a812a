#include <array>
#include <span>

#include <fmt/format.h>

#include "model/expression_lexer.hpp"
#include "model/expression_tree.hpp"
#include "model/suggest.hpp"

namespace runcast {

namespace json = boost::json;

namespace {

constexpr std::size_t max_nesting = 100;
constexpr std::size_t max_nodes = 1000;

struct BinaryOperator {
  std::string_view symbol;
  int precedence;
  Op op;
};
constexpr std::array<BinaryOperator, 8> binary_operators{{{"||", 1, Op::or_},
                                                          {"&&", 2, Op::and_},
                                                          {"==", 3, Op::equal},
                                                          {"!=", 3, Op::not_equal},
                                                          {"<", 4, Op::less},
                                                          {"<=", 4, Op::less_equal},
                                                          {">", 4, Op::greater},
                                                          {">=", 4, Op::greater_equal}}};

struct Word {
  std::string_view text;
  Op op;
};
constexpr std::array<Word, 3> functions{
    {{"contains", Op::contains}, {"startsWith", Op::starts_with}, {"endsWith", Op::ends_with}}};
constexpr std::array<Word, 3> fates{{{"success", Op::success}, {"failure", Op::failure}, {"always", Op::always}}};
constexpr std::array<std::string_view, 5> roots{"inputs", "steps", "matrix", "run", "secrets"};
constexpr std::array<std::string_view, 14> all_words{"inputs",  "steps",    "matrix",     "run",     "secrets",
                                                     "success", "failure",  "always",     "true",    "false",
                                                     "null",    "contains", "startsWith", "endsWith"};

template <class Table>
auto const* find_word(Table const& table, std::string_view text) {
  auto const it = std::find_if(table.begin(), table.end(), [&](auto const& entry) { return entry.text == text; });
  return it == table.end() ? nullptr : &*it;
}

// Recursive descent for what stands alone, precedence climbing for what stands between. Errors travel as exceptions
// within this file only: every function here would otherwise be half error handling.
class Parser {
 public:
  explicit Parser(std::string_view text) : lexer_(text) { advance(); }

  std::shared_ptr<Expression::Tree const> parse() {
    if (token_.kind == TokenKind::end) throw TextError{token_.position, "there is no expression here"};
    operators(1);
    if (token_.kind != TokenKind::end) unexpected("an operator or the end");
    return std::make_shared<Expression::Tree const>(std::move(tree_));
  }

 private:
  void advance() {
    auto next = lexer_.next();
    if (!next) throw next.error();
    token_ = std::move(*next);
  }

  bool at(std::string_view symbol) const { return token_.kind == TokenKind::symbol && token_.text == symbol; }

  bool take(std::string_view symbol) {
    if (!at(symbol)) return false;
    advance();
    return true;
  }

  void expect(std::string_view symbol) {
    if (!take(symbol)) unexpected(fmt::format("'{}'", symbol));
  }

  [[noreturn]] void unexpected(std::string_view wanted) const {
    auto const found =
        token_.kind == TokenKind::end ? std::string("the end") : fmt::format("'{}'", token_.text.substr(0, 64));
    throw TextError{token_.position, fmt::format("expected {}, found {}", wanted, found)};
  }

  std::uint32_t add(ExpressionNode node) {
    if (tree_.nodes.size() == max_nodes) throw TextError{token_.position, "the expression is too long"};
    tree_.nodes.push_back(std::move(node));
    return static_cast<std::uint32_t>(tree_.nodes.size() - 1);
  }

  std::uint32_t add(Op op, std::uint32_t left = 0, std::uint32_t right = 0) {
    ExpressionNode node;
    node.op = op;
    node.left = left;
    node.right = right;
    return add(std::move(node));
  }

  BinaryOperator const* binary_operator() const {
    for (auto const& candidate : binary_operators) {
      if (at(candidate.symbol)) return &candidate;
    }
    return nullptr;
  }

  std::uint32_t operators(int min_precedence) {
    if (++nesting_ > max_nesting) throw TextError{token_.position, "the expression is nested too deeply"};
    auto left = operand();
    for (auto const* found = binary_operator(); found != nullptr && found->precedence >= min_precedence;
         found = binary_operator()) {
      advance();
      auto const right = operators(found->precedence + 1);
      left = add(found->op, left, right);
    }
    --nesting_;
    return left;
  }

  std::uint32_t operand() {
    if (take("!")) {
      if (++nesting_ > max_nesting) throw TextError{token_.position, "the expression is nested too deeply"};
      auto const inner = operand();
      --nesting_;
      return add(Op::not_, inner);
    }
    if (take("(")) {
      auto const inner = operators(1);
      expect(")");
      return inner;
    }
    if (token_.kind == TokenKind::literal) return literal(std::move(token_.literal));
    if (token_.kind == TokenKind::word) return word();
    unexpected("a value");
  }

  std::uint32_t literal(json::value value) {
    ExpressionNode node;
    node.literal = std::move(value);
    auto const index = add(std::move(node));
    advance();
    return index;
  }

  std::uint32_t word() {
    auto const text = token_.text;
    if (text == "true") return literal(true);
    if (text == "false") return literal(false);
    if (text == "null") return literal(nullptr);
    if (auto const* fate = find_word(fates, text)) return fate_word(fate->op);
    if (auto const* function = find_word(functions, text)) return call(function->op);
    for (std::size_t i = 0; i < roots.size(); ++i) {
      if (text == roots[i]) return reference(static_cast<Reference::Root>(i));
    }
    throw TextError{token_.position,
                    fmt::format("'{}' means nothing here{}", text.substr(0, 64), Suggester{}.hint(text, all_words))};
  }

  std::uint32_t fate_word(Op op) {
    advance();
    if (take("(")) expect(")");
    tree_.considers_status = true;
    return add(op);
  }

  std::uint32_t call(Op op) {
    advance();
    expect("(");
    auto const left = operators(1);
    expect(",");
    auto const right = operators(1);
    expect(")");
    return add(op, left, right);
  }

  std::uint32_t reference(Reference::Root root) {
    auto const position = token_.position;
    auto const root_name = token_.text;
    advance();
    ExpressionNode node;
    node.op = Op::reference;
    node.root = root;
    while (at(".") || at("[")) {
      if (node.path.size() == max_nesting) throw TextError{token_.position, "the expression is nested too deeply"};
      node.path.push_back(path_part());
    }
    check_path(root, root_name, node.path, position);
    if (root == Reference::Root::steps && node.path[1] == "status") tree_.considers_status = true;
    tree_.references.push_back({root, node.path.front(), position});
    return add(std::move(node));
  }

  std::string path_part() {
    if (take(".")) {
      if (token_.kind != TokenKind::word) unexpected("a name");
      std::string name{token_.text};
      advance();
      return name;
    }
    expect("[");
    auto const* name = token_.literal.if_string();
    auto const* index = token_.literal.if_int64();
    if (token_.kind != TokenKind::literal || (name == nullptr && (index == nullptr || *index < 0))) {
      unexpected("a name in quotes or an index");
    }
    auto part = name != nullptr ? std::string(name->data(), name->size()) : fmt::to_string(*index);
    advance();
    expect("]");
    return part;
  }

  static void check_path(Reference::Root root, std::string_view root_name, std::span<std::string const> path,
                         std::size_t position) {
    bool good = !path.empty();
    std::string_view form = ".NAME";
    if (root == Reference::Root::run) {
      form = ".id";
      good = path.size() == 1 && path[0] == "id";
    } else if (root == Reference::Root::secrets) {
      good = path.size() == 1;
    } else if (root == Reference::Root::steps) {
      form = ".ID.status or steps.ID.outputs.NAME";
      good = (path.size() == 2 && path[1] == "status") || (path.size() >= 3 && path[1] == "outputs");
    }
    if (!good) throw TextError{position, fmt::format("expected {}{}", root_name, form)};
  }

  ExpressionLexer lexer_;
  Token token_;
  Expression::Tree tree_;
  std::size_t nesting_ = 0;
};

}  // namespace

boost::system::result<Expression, TextError> Expression::parse(std::string_view text) {
  try {
    return Expression(Parser(text).parse());
  } catch (TextError& error) {
    return std::move(error);
  }
}

}  // namespace runcast
