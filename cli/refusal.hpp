#pragma once

#include <string>

#include <boost/system/result.hpp>

#include "cli/exit_code.hpp"
#include "cli/net/problem.hpp"

namespace runcast::cli {

// Why a command could not do what was asked: what to print after `error: `, and what to end with.
struct Refusal {
  Refusal() = default;
  Refusal(int code, std::string text) : exit_code(code), message(std::move(text)) {}

  int exit_code = exit_code::bad_use;
  std::string message;
};

template <class T>
using OrRefusal = boost::system::result<T, Refusal>;

// No answer at all.
inline Refusal no_server(Error const& error) { return {exit_code::no_server, error.message}; }

// A refusal by HTTP: the server's own trouble counts as no server, the rest as bad use.
inline Refusal refused(ApiAnswer const& answer, PlaceOf const& place_of = {}) {
  bool const is_the_servers = answer.status >= 500 || answer.status == 429;
  return {is_the_servers ? exit_code::no_server : exit_code::bad_use, describe_problem(answer, place_of)};
}

inline Refusal bad_use(std::string message) { return {exit_code::bad_use, std::move(message)}; }

}  // namespace runcast::cli
