#include <catch2/catch.hpp>

#include <sys/stat.h>
#include <unistd.h>

#include <fstream>

#include "tests/store/support.hpp"

using namespace runcast;
using namespace runcast::testing;
namespace fs = std::filesystem;

namespace {

unsigned mode_of(fs::path const& path) {
  struct stat info{};
  REQUIRE(::stat(path.c_str(), &info) == 0);
  return info.st_mode & 0777;
}

Result<std::unique_ptr<Store>> try_open(fs::path const& path) {
  StoreOptions options;
  options.data_dir = path;
  return Store::open(options);
}

}  // namespace

TEST_CASE("a new data directory, and all that is in it, is its user's alone") {
  TempDir dir;
  auto const path = dir / "deep/data";
  auto const store = open_store(path);
  create_run(*store);
  CHECK(mode_of(path) == 0700);
  for (auto const& entry : fs::directory_iterator(path)) {
    if (entry.path().filename() != "highwater") CHECK((mode_of(entry.path()) & 077) == 0);
  }
}

TEST_CASE("an empty directory that is open to others is closed to them") {
  TempDir dir;
  fs::create_directory(dir / "data");
  fs::permissions(dir / "data", fs::perms(0755));
  auto const store = open_store(dir / "data");
  CHECK(mode_of(dir / "data") == 0700);
}

TEST_CASE("a directory of somebody's other things is not touched") {
  TempDir dir;
  fs::create_directory(dir / "home");
  std::ofstream(dir / "home/letter.txt") << "dear";
  fs::permissions(dir / "home", fs::perms(0755));
  auto const refused = try_open(dir / "home");
  REQUIRE(refused.has_error());
  CHECK(refused.error().code == Errc::invalid);
  CHECK(mode_of(dir / "home") == 0755);
}

TEST_CASE("a second server on the same directory is refused, and told who has it") {
  TempDir dir;
  auto store = open_store(dir.path());
  auto const refused = try_open(dir.path());
  REQUIRE(refused.has_error());
  CHECK(refused.error().code == Errc::conflict);
  CHECK(refused.error().message.find("process " + std::to_string(::getpid())) != std::string::npos);
  store.reset();
  CHECK(try_open(dir.path()).has_value());
}

TEST_CASE("a path that is a file is refused") {
  TempDir dir;
  std::ofstream(dir / "file") << "text";
  CHECK(try_open(dir / "file").has_error());
}

TEST_CASE("a file that is no database is refused") {
  TempDir dir;
  std::ofstream(dir / "runcast.db") << std::string(8192, 'x');
  auto const refused = try_open(dir.path());
  REQUIRE(refused.has_error());
  CHECK(refused.error().code == Errc::corrupt);
}
