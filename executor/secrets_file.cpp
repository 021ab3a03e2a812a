#include "executor/secrets_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include <fmt/format.h>

#include "executor/spawn/owned_fd.hpp"

namespace runcast {
namespace {

constexpr std::size_t max_file = 16 << 20;

Error trouble(std::string_view doing, std::filesystem::path const& file) {
  return fail(Errc::io, fmt::format("cannot {} {}: {}", doing, file.string(), std::strerror(errno)));
}

Result<std::string> read_all(std::filesystem::path const& file, bool private_only) {
  OwnedFd const fd(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  struct stat status{};
  if (!fd || ::fstat(fd.get(), &status) != 0) return trouble("read", file);
  if (!S_ISREG(status.st_mode)) return fail(Errc::invalid, fmt::format("{} is no file", file.string()));
  if (private_only && (status.st_mode & 0077) != 0) {
    return fail(Errc::forbidden, fmt::format("others may read {}: chmod 600 {}", file.string(), file.string()));
  }
  if (static_cast<std::size_t>(status.st_size) > max_file) {
    return fail(Errc::too_large, fmt::format("{} has more than 16 MiB", file.string()));
  }
  std::string text(static_cast<std::size_t>(status.st_size), '\0');
  auto const size = ::read(fd.get(), text.data(), text.size());
  if (size < 0) return trouble("read", file);
  text.resize(static_cast<std::size_t>(size));
  return text;
}

Result<void> write_all(int fd, std::string_view text, std::filesystem::path const& file) {
  while (!text.empty()) {
    auto const size = ::write(fd, text.data(), text.size());
    if (size < 0) return trouble("write", file);
    text.remove_prefix(static_cast<std::size_t>(size));
  }
  if (::fsync(fd) != 0) return trouble("write", file);
  return {};
}

}  // namespace

Result<SecretsKey> read_key(std::filesystem::path const& file) {
  auto const text = read_all(file, true);
  if (!text) return text.error();
  auto key = SecretsKey::parse(*text);
  if (!key) return fail(Errc::invalid, fmt::format("{}: {}", file.string(), key.error().message));
  return key;
}

Result<SecretsKey> create_key(std::filesystem::path const& file) {
  OwnedFd const fd(::open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (!fd && errno == EEXIST) return fail(Errc::conflict, fmt::format("{} is there already", file.string()));
  if (!fd) return trouble("make", file);
  auto const key = SecretsKey::random();
  if (auto const written = write_all(fd.get(), key.text() + '\n', file); !written) return written.error();
  return key;
}

Result<Secrets> read_sealed_secrets(std::filesystem::path const& file, SecretsKey const& key) {
  auto const text = read_all(file, false);
  if (!text) return text.error();
  auto secrets = unseal(*text, key);
  if (!secrets) return fail(secrets.error().code, fmt::format("{}: {}", file.string(), secrets.error().message));
  return secrets;
}

Result<void> write_sealed_secrets(std::filesystem::path const& file, SecretsKey const& key, Secrets const& secrets) {
  auto const draft = std::filesystem::path(file.string() + ".new");
  OwnedFd const fd(::open(draft.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
  if (!fd) return trouble("write", draft);
  if (auto written = write_all(fd.get(), seal(secrets, key), draft); !written) return written;
  if (::rename(draft.c_str(), file.c_str()) != 0) return trouble("replace", file);
  return {};
}

bool is_below(std::filesystem::path const& file, std::filesystem::path const& directory) {
  std::error_code error;
  auto const inner = std::filesystem::weakly_canonical(file, error);
  auto const outer = std::filesystem::weakly_canonical(directory, error);
  auto const [in_outer, in_inner] = std::mismatch(outer.begin(), outer.end(), inner.begin(), inner.end());
  return in_outer == outer.end() || in_outer->empty();
}

}  // namespace runcast
