#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/network_v4.hpp>
#include <boost/asio/ip/network_v6.hpp>

#include "base/asio.hpp"
#include "base/result.hpp"

namespace runcast {

// Where `http` steps may not connect to. It is asked about the very address of each connection, after the name was
// looked up, so that no name and no redirect leads around it.
class AddressRules {
 public:
  // Networks (`10.0.0.0/8`, `fd00::/8`) or single addresses. invalid: one is neither.
  static Result<AddressRules> parse(std::vector<std::string> const& denied);

  // An IPv4 address within an IPv6 one (mapped, NAT64) is judged as the IPv4 address, too.
  bool denies(asio::ip::address const& address) const;

 private:
  std::vector<asio::ip::network_v4> v4_;
  std::vector<asio::ip::network_v6> v6_;
};

// Link-local addresses, and those where clouds tell machines their secrets.
std::vector<std::string> default_denied_addresses();

}  // namespace runcast
