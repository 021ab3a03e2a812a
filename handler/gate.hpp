#pragma once

#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "handler/http.hpp"

namespace runcast {

// Who may be spoken to under which name. Steps run commands, so a web page somewhere must not reach the server through
// its visitor's browser: not by a name of its own that resolves to this machine (Host), nor across origins (Origin).
class Gate {
 public:
  // `listen_host`: the address listened on; `hosts`: further names that clients may use.
  Gate(std::string listen_host, std::set<std::string> hosts);

  // The refusal, or nothing where the request may pass. Every request's Host is checked; the Origin of upgrades and of
  // whatever is not a mere read.
  std::optional<Answer> refusal(Request const& request) const;

 private:
  bool is_known(std::string_view host) const;

  std::string listen_host_;
  std::set<std::string> hosts_;
};

// `localhost`, a name below it, or an address of the loopback networks.
bool is_loopback(std::string_view host);

}  // namespace runcast
