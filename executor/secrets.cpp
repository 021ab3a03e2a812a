#include "executor/secrets.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include <fmt/format.h>

#include "executor/spawn/owned_fd.hpp"
#include "model/names.hpp"

namespace runcast {
namespace {

constexpr std::size_t max_secret = 64 << 10;
constexpr std::size_t shortest_part = 4;
constexpr std::string_view hidden = "***";

Result<std::string> read_secret(std::filesystem::path const& path) {
  OwnedFd const fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  struct stat status{};
  if (!fd || ::fstat(fd.get(), &status) != 0) {
    return fail(Errc::io, fmt::format("cannot read the secret {}: {}", path.string(), std::strerror(errno)));
  }
  if (!S_ISREG(status.st_mode) || (status.st_mode & 0077) != 0) {
    return fail(Errc::invalid,
                fmt::format("{} is to be a file that its owner alone may read (chmod 600)", path.string()));
  }
  std::string value(max_secret + 1, '\0');
  auto const size = ::read(fd.get(), value.data(), value.size());
  if (size < 0)
    return fail(Errc::io, fmt::format("cannot read the secret {}: {}", path.string(), std::strerror(errno)));
  value.resize(static_cast<std::size_t>(size));
  if (value.size() > max_secret) {
    return fail(Errc::too_large, fmt::format("the secret {} has more than {} bytes", path.string(), max_secret));
  }
  if (value.ends_with('\n')) value.pop_back();
  return value;
}

}  // namespace

Result<Secrets> read_secrets(std::filesystem::path const& directory) {
  Secrets secrets;
  std::error_code error;
  for (std::filesystem::directory_iterator entry(directory, error), end; !error && entry != end;
       entry.increment(error)) {
    auto const name = entry->path().filename().string();
    if (name.starts_with('.')) continue;
    if (!is_variable_name(name)) return fail(Errc::invalid, fmt::format("'{}' is no name for a secret", name));
    auto value = read_secret(entry->path());
    if (!value) return value.error();
    secrets.emplace(name, std::move(*value));
  }
  if (error) return fail(Errc::io, fmt::format("cannot read {}: {}", directory.string(), error.message()));
  return secrets;
}

Mask::Mask(std::vector<std::string> const& values) {
  for (std::string_view value : values) {
    while (!value.empty()) {
      auto const end = std::min(value.find('\n'), value.size());
      auto part = value.substr(0, end);
      if (part.ends_with('\r')) part.remove_suffix(1);
      if (part.size() >= shortest_part) parts_.emplace_back(part);
      value.remove_prefix(std::min(end + 1, value.size()));
    }
  }
  std::sort(parts_.begin(), parts_.end(), [](auto const& a, auto const& b) { return a.size() > b.size(); });
}

bool Mask::occurs_in(std::string_view text) const {
  return std::any_of(parts_.begin(), parts_.end(), [&](auto const& part) { return text.find(part) != text.npos; });
}

void Mask::apply(std::string& text) const {
  for (auto const& part : parts_) {
    for (auto at = text.find(part); at != text.npos; at = text.find(part, at + hidden.size())) {
      text.replace(at, part.size(), hidden);
    }
  }
}

void Mask::apply_to_cut(std::string& text) const {
  apply(text);
  std::size_t longest = 0;
  for (auto const& part : parts_) {
    for (auto size = std::min(part.size() - 1, text.size()); size > longest; --size) {
      if (text.ends_with(std::string_view(part).substr(0, size))) longest = size;
    }
  }
  if (longest >= shortest_part) text.replace(text.size() - longest, longest, hidden);
}

void Mask::apply_to_names(boost::json::object& object) const {
  if (std::none_of(object.begin(), object.end(), [&](auto const& member) { return occurs_in(member.key()); })) return;
  boost::json::object masked(object.storage());
  for (auto& member : object) {
    std::string name(member.key());
    apply(name);
    masked[name] = std::move(member.value());
  }
  object = std::move(masked);
}

void Mask::apply(boost::json::object& object) const {
  apply_to_names(object);
  for (auto& member : object) apply(member.value());
}

void Mask::apply(boost::json::value& value) const {
  if (auto* text = value.if_string()) {
    if (!occurs_in(*text)) return;
    std::string masked(*text);
    apply(masked);
    *text = masked;
  } else if (auto* array = value.if_array()) {
    for (auto& item : *array) apply(item);
  } else if (auto* object = value.if_object()) {
    apply(*object);
  }
}

Faults unknown_secrets(Workflow const& workflow, Secrets const& secrets, std::string_view base) {
  Faults faults;
  for (std::size_t i = 0; i < workflow.secrets.size(); ++i) {
    if (secrets.contains(workflow.secrets[i])) continue;
    faults.push_back(
        {fmt::format("{}/secrets/{}", base, i), fmt::format("this server has no secret '{}'", workflow.secrets[i])});
  }
  return faults;
}

}  // namespace runcast
