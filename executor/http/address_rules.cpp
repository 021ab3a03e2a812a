#include "executor/http/address_rules.hpp"

#include <algorithm>
#include <optional>

#include <fmt/format.h>

namespace runcast {

namespace ip = asio::ip;

namespace {

// The IPv4 address that packets to this one come to in the end, if there is one.
std::optional<ip::address_v4> inner_v4(ip::address_v6 const& address) {
  if (address.is_v4_mapped()) return ip::make_address_v4(ip::v4_mapped, address);
  auto const bytes = address.to_bytes();
  ip::address_v6::bytes_type const nat64{0x00, 0x64, 0xff, 0x9b};  // 64:ff9b::/96, RFC 6052
  if (!std::equal(bytes.begin(), bytes.begin() + 12, nat64.begin())) return std::nullopt;
  return ip::address_v4(ip::address_v4::bytes_type{bytes[12], bytes[13], bytes[14], bytes[15]});
}

bool contains(ip::network_v4 const& network, ip::address_v4 const& address) {
  return network.canonical() == ip::network_v4(address, network.prefix_length()).canonical();
}

bool contains(ip::network_v6 const& network, ip::address_v6 const& address) {
  // Without its scope: `fe80::1%eth0` is within fe80::/10.
  return network.canonical() == ip::network_v6(ip::address_v6(address.to_bytes()), network.prefix_length()).canonical();
}

}  // namespace

Result<AddressRules> AddressRules::parse(std::vector<std::string> const& denied) {
  AddressRules rules;
  for (auto const& text : denied) {
    sys::error_code error;
    bool const v6 = text.find(':') != text.npos;
    auto const whole = text.find('/') == text.npos ? text + (v6 ? "/128" : "/32") : text;
    if (v6) {
      rules.v6_.push_back(ip::make_network_v6(whole, error));
    } else {
      rules.v4_.push_back(ip::make_network_v4(whole, error));
    }
    if (error) return fail(Errc::invalid, fmt::format("'{}' is neither an address nor a network", text));
  }
  return rules;
}

bool AddressRules::denies(ip::address const& address) const {
  auto const denies_v4 = [this](ip::address_v4 const& v4) {
    return std::any_of(v4_.begin(), v4_.end(), [&](auto const& network) { return contains(network, v4); });
  };
  if (address.is_v4()) return denies_v4(address.to_v4());
  auto const v6 = address.to_v6();
  if (auto const inner = inner_v4(v6); inner && denies_v4(*inner)) return true;
  return std::any_of(v6_.begin(), v6_.end(), [&](auto const& network) { return contains(network, v6); });
}

std::vector<std::string> default_denied_addresses() {
  return {
      "169.254.0.0/16",   // link-local, with the metadata of most clouds
      "fe80::/10",        // link-local
      "fd00:ec2::254",    // AWS
      "100.100.100.200",  // Alibaba
      "192.0.0.192",      // Oracle
  };
}

}  // namespace runcast
