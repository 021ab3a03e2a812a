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
  using Headers = std::vector<std::pair<std::string, std::string>>;

  // `listen_host`: the address listened on; `hosts`: further names that clients may use; `origins`: of pages elsewhere
  // that may call, as parse_origin() gives them.
  Gate(std::string listen_host, std::set<std::string> hosts, std::set<std::string> origins = {});

  // The refusal, or nothing where the request may pass. Every request's Host is checked; the Origin of upgrades and of
  // whatever is not a mere read.
  std::optional<Answer> refusal(Request const& request) const;

  // What a browser asks before a page elsewhere may make a call (CORS): the answer, where the page may.
  std::optional<Answer> preflight(Request const& request) const;

  // What an answer says so that such a page may read it; nothing for others, which their browser then keeps from it.
  Headers cors(Request const& request) const;

 private:
  bool is_known(std::string_view host, Peer const& peer) const;
  bool is_listed(Request const& request) const;

  std::string listen_host_;
  std::set<std::string> hosts_;
  std::set<std::string> origins_;
};

// `https://HOST[:PORT]`, in lower case. invalid: it is something else.
Result<std::string> parse_origin(std::string_view text);

// `localhost`, a name below it, or an address of the loopback networks.
bool is_loopback(std::string_view host);

}  // namespace runcast
