#pragma once

#include "model/status.hpp"

// What `runcast` ends with, so that scripts can tell a run's fate from their own mistakes.
namespace runcast::exit_code {

inline constexpr int success = 0;        // the run succeeded; the command did what it says
inline constexpr int failure = 1;        // the run failed; `validate` found faults
inline constexpr int bad_use = 2;        // flags, files, definitions or ids that cannot be used: nothing was started
inline constexpr int no_server = 3;      // no server, or one that cannot answer now
inline constexpr int interrupted = 130;  // the run was cancelled, or Ctrl-C left it to itself

// The exit code of a follower whose run has ended so.
inline int of(RunStatus status) {
  switch (status) {
    case RunStatus::succeeded:
      return success;
    case RunStatus::cancelled:
      return interrupted;
    default:
      return failure;
  }
}

}  // namespace runcast::exit_code
