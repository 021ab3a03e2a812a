#include "model/expression_lexer.hpp"

#include <array>
#include <charconv>
#include <cmath>

#include <fmt/format.h>

namespace runcast {

namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool begins_word(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool continues_word(char c) { return begins_word(c) || is_digit(c) || c == '-'; }  // there is no subtraction
bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

constexpr std::array<std::string_view, 15> symbols{"==", "!=", "<=", ">=", "&&", "||", "<", ">",
                                                   "!",  "(",  ")",  "[",  "]",  ".",  ","};

std::string printable(char c) {
  bool const plain = c >= 0x20 && c < 0x7f;
  return plain ? fmt::format("'{}'", c) : fmt::format("byte 0x{:02x}", static_cast<unsigned char>(c));
}

// What stands for a character after a backslash; 0: nothing does.
char unescape(char c) {
  switch (c) {
    case 'n':
      return '\n';
    case 't':
      return '\t';
    case 'r':
      return '\r';
    case '"':
    case '\\':
    case '/':
      return c;
    default:
      return 0;
  }
}

}  // namespace

boost::system::result<Token, TextError> ExpressionLexer::next() {
  while (at_ < text_.size() && is_space(text_[at_])) ++at_;
  if (at_ == text_.size()) return Token{TokenKind::end, at_, {}, {}};
  char const c = text_[at_];
  if (c == '\'') return single_quoted();
  if (c == '"') return double_quoted();
  if (is_digit(c) || c == '-') return number();
  if (begins_word(c)) return word();
  for (auto const symbol : symbols) {
    if (!text_.substr(at_).starts_with(symbol)) continue;
    Token token{TokenKind::symbol, at_, symbol, {}};
    at_ += symbol.size();
    return token;
  }
  if (c == '=') return TextError{at_, "expected '==', found '='"};
  return TextError{at_, fmt::format("{} means nothing here", printable(c))};
}

boost::system::result<Token, TextError> ExpressionLexer::single_quoted() {
  auto const begin = at_++;
  std::string value;
  while (at_ < text_.size()) {
    char const c = text_[at_++];
    if (c != '\'') {
      value += c;
    } else if (at_ < text_.size() && text_[at_] == '\'') {  // '' is one quote
      value += '\'';
      ++at_;
    } else {
      return Token{TokenKind::literal, begin, text_.substr(begin, at_ - begin), boost::json::value(value)};
    }
  }
  return TextError{begin, "this string has no end"};
}

boost::system::result<Token, TextError> ExpressionLexer::double_quoted() {
  auto const begin = at_++;
  std::string value;
  while (at_ < text_.size()) {
    char const c = text_[at_++];
    if (c == '"') return Token{TokenKind::literal, begin, text_.substr(begin, at_ - begin), boost::json::value(value)};
    if (c != '\\') {
      value += c;
      continue;
    }
    char const escaped = at_ < text_.size() ? unescape(text_[at_]) : '\0';
    if (escaped == 0) return TextError{at_ - 1, R"(after a backslash comes one of n t r / \ ")"};
    value += escaped;
    ++at_;
  }
  return TextError{begin, "this string has no end"};
}

boost::system::result<Token, TextError> ExpressionLexer::number() {
  auto const begin = at_;
  while (at_ < text_.size() && (continues_word(text_[at_]) || text_[at_] == '.' || text_[at_] == '+')) ++at_;
  auto const text = text_.substr(begin, at_ - begin);
  auto const* const end = text.data() + text.size();
  Token token{TokenKind::literal, begin, text, {}};

  std::int64_t whole = 0;
  if (auto const [stop, error] = std::from_chars(text.data(), end, whole); error == std::errc{} && stop == end) {
    token.literal = whole;
    return token;
  }
  double real = 0;
  auto const [stop, error] = std::from_chars(text.data(), end, real);
  if (error != std::errc{} || stop != end || !std::isfinite(real)) {
    return TextError{begin, fmt::format("'{}' is not a number", text.substr(0, 64))};
  }
  token.literal = real;
  return token;
}

Token ExpressionLexer::word() {
  auto const begin = at_;
  while (at_ < text_.size() && continues_word(text_[at_])) ++at_;
  return Token{TokenKind::word, begin, text_.substr(begin, at_ - begin), {}};
}

}  // namespace runcast
