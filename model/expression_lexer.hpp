#pragma once

#include <string>
#include <string_view>

#include <boost/json/value.hpp>

#include "model/fault.hpp"

namespace runcast {

enum class TokenKind { end, word, literal, symbol };

struct Token {
  TokenKind kind = TokenKind::end;
  std::size_t position = 0;
  std::string_view text;       // a word or a symbol, as written
  boost::json::value literal;  // of a string or a number
};

// Cuts an expression's text into tokens, one at a time. Views of the text.
class ExpressionLexer {
 public:
  explicit ExpressionLexer(std::string_view text) : text_(text) {}

  boost::system::result<Token, TextError> next();

 private:
  boost::system::result<Token, TextError> single_quoted();
  boost::system::result<Token, TextError> double_quoted();
  boost::system::result<Token, TextError> number();
  Token word();

  std::string_view text_;
  std::size_t at_ = 0;
};

}  // namespace runcast
