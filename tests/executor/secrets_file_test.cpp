#include "executor/secrets_file.hpp"

#include <catch2/catch.hpp>

#include <filesystem>
#include <fstream>

using namespace runcast;

namespace {

// A directory that is gone afterwards.
struct Folder {
  std::filesystem::path path;
  Folder() {
    std::string name = (std::filesystem::temp_directory_path() / "runcast-secrets-XXXXXX").string();
    path = ::mkdtemp(name.data());
  }
  ~Folder() { std::filesystem::remove_all(path); }
};

Secrets const some{{"TOKEN", "a value\nof two lines"}, {"BYTES", std::string("\x00\xff\"", 3)}};

}  // namespace

TEST_CASE("what is sealed is read with its key alone") {
  auto const key = SecretsKey::random();
  auto const text = seal(some, key);
  CHECK(unseal(text, key).value() == some);
  CHECK(unseal(seal({}, key), key).value().empty());
  CHECK(unseal(text, SecretsKey::random()).error().message ==
        "the secrets were sealed with another key, or the file was changed");
  CHECK(SecretsKey::parse(key.text() + "\n").value().text() == key.text());
  CHECK(SecretsKey::parse(key.text().substr(1)).has_error());
  CHECK(SecretsKey::parse(std::string(64, 'g')).has_error());
}

TEST_CASE("the same secrets never look the same twice, and show nothing of themselves") {
  auto const key = SecretsKey::random();
  CHECK(seal(some, key) != seal(some, key));
  CHECK(seal(some, key).find("TOKEN") == std::string::npos);
}

TEST_CASE("a sealed text that was changed anywhere is refused") {
  auto const key = SecretsKey::random();
  auto const text = seal(some, key);
  for (std::size_t i = 0; i + 1 < text.size(); ++i) {
    auto changed = text;
    changed[i] = changed[i] == '0' ? '1' : '0';
    CHECK(unseal(changed, key).has_error());
  }
  for (auto const size : {std::size_t{0}, std::size_t{18}, std::size_t{40}, text.size() - 3}) {
    CHECK(unseal(text.substr(0, size), key).has_error());
  }
}

TEST_CASE("files of secrets and of their key are read back, and a key that others may read is not taken") {
  Folder const folder;
  auto const key_file = folder.path / "key";
  auto const file = folder.path / "sealed";
  auto const key = create_key(key_file).value();
  CHECK(create_key(key_file).error().code == Errc::conflict);
  CHECK(read_key(key_file).value().text() == key.text());
  REQUIRE(write_sealed_secrets(file, key, some).has_value());
  CHECK(read_sealed_secrets(file, key).value() == some);
  std::filesystem::permissions(key_file, std::filesystem::perms::group_read, std::filesystem::perm_options::add);
  CHECK(read_key(key_file).error().code == Errc::forbidden);
  CHECK(read_key(folder.path / "none").error().code == Errc::io);
}

TEST_CASE("a file below a directory is found to be there through links, too") {
  Folder const folder;
  std::filesystem::create_directories(folder.path / "data/inner");
  std::filesystem::create_directory_symlink(folder.path / "data", folder.path / "link");
  CHECK(is_below(folder.path / "data/key", folder.path / "data"));
  CHECK(is_below(folder.path / "link/inner/key", folder.path / "data"));
  CHECK(is_below(folder.path / "data/../data/key", folder.path / "data/"));
  CHECK_FALSE(is_below(folder.path / "database", folder.path / "data"));
  CHECK_FALSE(is_below(folder.path / "key", folder.path / "data"));
}
