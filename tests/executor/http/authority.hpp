#pragma once

#include <string>

#include <boost/asio/ssl/context.hpp>

#include "base/asio.hpp"
#include "tests/store/support.hpp"

namespace runcast::testing {

// A certificate authority of its own, which the system does not know unless it is told.
class Authority {
 public:
  Authority();

  // Of a server that is called `name`.
  asio::ssl::context server_context(std::string const& name) const;

  // Contexts made from here on take it for the system's only authority.
  void make_known() const;
  void forget() const;

 private:
  TempDir dir_;
};

}  // namespace runcast::testing
