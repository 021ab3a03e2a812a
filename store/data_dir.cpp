#include "store/data_dir.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <system_error>
#include <thread>

#include <fmt/format.h>

namespace runcast {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

constexpr mode_t private_dir = 0700;
constexpr mode_t private_mode = 0600;
constexpr mode_t open_to_others = 0077;

Error system_error(std::string_view doing, fs::path const& path) {
  int const code = errno;
  auto const errc = code == EACCES || code == EPERM ? Errc::forbidden : Errc::io;
  return fail(errc, fmt::format("cannot {} {}: {}", doing, path.string(), std::generic_category().message(code)));
}

Result<void> make_directory(fs::path const& path) {
  std::error_code error;
  if (path.has_parent_path()) fs::create_directories(path.parent_path(), error);
  if (::mkdir(path.c_str(), private_dir) != 0 && errno != EEXIST) return system_error("make the directory", path);
  return {};
}

// Whether its permissions are the server's to tighten: never those of a directory that holds other things, as the
// current one or /tmp may.
bool is_ours(fs::path const& path, char const* database_name) {
  std::error_code error;
  return fs::exists(path / database_name, error) || fs::is_empty(path, error);
}

Result<void> make_private(fs::path const& path, char const* database_name) {
  struct stat info{};
  if (::stat(path.c_str(), &info) != 0) return system_error("look at", path);
  if (!S_ISDIR(info.st_mode)) return fail(Errc::invalid, fmt::format("{} is not a directory", path.string()));
  if (info.st_uid != ::geteuid()) {
    return fail(Errc::forbidden, fmt::format("{} belongs to another user (uid {})", path.string(), info.st_uid));
  }
  if ((info.st_mode & open_to_others) == 0) return {};
  if (!is_ours(path, database_name)) {
    return fail(Errc::invalid, fmt::format("{} is open to other users and holds other files; give the server a "
                                           "directory of its own",
                                           path.string()));
  }
  if (::chmod(path.c_str(), private_dir) != 0) return system_error("make private", path);
  return {};
}

std::string holder_of(int lock) {
  std::array<char, 32> text{};
  auto const size = ::pread(lock, text.data(), text.size() - 1, 0);
  std::string_view const pid(text.data(), size > 0 ? static_cast<std::size_t>(size) : 0);
  return std::string(pid.substr(0, pid.find('\n')));
}

bool is_alive(std::string const& holder) {
  int const pid = std::atoi(holder.c_str());
  return pid <= 0 || ::kill(pid, 0) == 0 || errno != ESRCH;
}

// A server that was killed just as it started a process has left it the lock, until that has closed what is not its
// own. Whoever restarts a server at once would meet it, so the lock of a dead holder is waited for.
bool take_lock(int lock) {
  for (auto waited = 0ms; ::flock(lock, LOCK_EX | LOCK_NB) != 0; waited += 10ms) {
    if (errno != EWOULDBLOCK) return false;
    if (waited >= 5s || is_alive(holder_of(lock))) {
      errno = EWOULDBLOCK;
      return false;
    }
    std::this_thread::sleep_for(10ms);
  }
  return true;
}

Result<int> lock_file(fs::path const& path) {
  int const lock = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, private_mode);
  if (lock < 0) return system_error("open", path);
  if (!take_lock(lock)) {
    auto error = errno == EWOULDBLOCK ? fail(Errc::conflict, fmt::format("{} is in use by another runcast, process {}",
                                                                         path.parent_path().string(), holder_of(lock)))
                                      : system_error("lock", path);
    ::close(lock);
    return error;
  }
  auto const pid = fmt::format("{}\n", ::getpid());
  if (::ftruncate(lock, 0) != 0 || ::pwrite(lock, pid.data(), pid.size(), 0) < 0) {
    auto error = system_error("write", path);
    ::close(lock);
    return error;
  }
  return lock;
}

Result<void> make_file(fs::path const& path) {
  int const file = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, private_mode);
  if (file < 0) return system_error("make the database", path);
  ::close(file);
  return {};
}

}  // namespace

Result<fs::path> DataDir::private_file(fs::path const& dir, char const* name) {
  if (auto made = make_directory(dir); !made) return made.error();
  if (auto done = make_private(dir, database_name); !done) return done.error();
  auto path = dir / name;
  if (auto made = make_file(path); !made) return made.error();
  return path;
}

Result<DataDir> DataDir::take(fs::path const& path) {
  if (auto made = make_directory(path); !made) return made.error();
  if (auto done = make_private(path, database_name); !done) return done.error();
  auto const lock = lock_file(path / "lock");
  if (!lock) return lock.error();
  return DataDir(path, *lock);
}

DataDir::DataDir(DataDir&& other) noexcept : path_(std::move(other.path_)), lock_(std::exchange(other.lock_, -1)) {}

DataDir::~DataDir() {
  if (lock_ >= 0) ::close(lock_);
}

Result<void> DataDir::ensure_database_file() const { return make_file(database()); }

std::optional<HighWater> DataDir::read_high_water() const {
  std::ifstream in(path_ / "highwater");
  HighWater mark;
  if (!(in >> mark.epoch >> mark.last_id)) return std::nullopt;
  return mark;
}

Result<void> DataDir::write_high_water(HighWater const& mark) const {
  auto const next = path_ / "highwater.new";
  {
    std::ofstream out(next, std::ios::trunc);
    out << mark.epoch << ' ' << mark.last_id << '\n';
    if (!out.flush()) return system_error("write", next);
  }
  if (::rename(next.c_str(), (path_ / "highwater").c_str()) != 0) return system_error("replace", path_ / "highwater");
  return {};
}

}  // namespace runcast
