// The encrypted file of secrets that `serve --secrets-file` reads; needs no server.
#include <termios.h>
#include <unistd.h>
#include <filesystem>
#include <iterator>

#include <fmt/format.h>

#include "cli/commands/commands.hpp"
#include "cli/terminal/text.hpp"
#include "executor/secrets_file.hpp"
#include "model/names.hpp"

namespace runcast::cli {
namespace {

constexpr std::size_t max_secret_bytes = 64 << 10;

struct SecretsOptions {
  std::string file;
  std::string key;
  std::string name;
};

// What is typed is not shown while this lives.
class SilentTerminal {
 public:
  SilentTerminal() : is_terminal_(::tcgetattr(STDIN_FILENO, &before_) == 0) {
    if (!is_terminal_) return;
    auto silent = before_;
    silent.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent);
    fmt::print(stderr, "The value, then Enter: ");
  }
  ~SilentTerminal() {
    if (!is_terminal_) return;
    ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &before_);
    fmt::print(stderr, "\n");
  }
  SilentTerminal(SilentTerminal const&) = delete;
  SilentTerminal& operator=(SilentTerminal const&) = delete;

  bool is_terminal() const { return is_terminal_; }

 private:
  termios before_{};
  bool is_terminal_;
};

OrRefusal<std::string> read_value() {
  SilentTerminal const terminal;
  std::string value;
  for (int c = std::getchar(); c != EOF; c = std::getchar()) {
    if (terminal.is_terminal() && c == '\n') break;
    value += static_cast<char>(c);
    if (value.size() > max_secret_bytes) return bad_use("a secret has at most 64 KiB");
  }
  if (value.ends_with('\n')) value.pop_back();
  if (value.empty()) return bad_use("the value is empty; it is read from standard input");
  return value;
}

Refusal refusal_of(Error const& error) { return bad_use(plain_text(error.message)); }

OrRefusal<SecretsKey> key_of(SecretsOptions const& options, bool may_be_made) {
  if (may_be_made && !std::filesystem::exists(options.key)) {
    auto const key = create_key(options.key);
    if (!key) return refusal_of(key.error());
    fmt::print(stderr, "A new key is in {}. Without it the secrets are lost.\n", plain_text(options.key));
    return *key;
  }
  auto const key = read_key(options.key);
  if (!key) return refusal_of(key.error());
  return *key;
}

OrRefusal<Secrets> secrets_of(SecretsOptions const& options, SecretsKey const& key) {
  if (!std::filesystem::exists(options.file)) return Secrets{};
  auto secrets = read_sealed_secrets(options.file, key);
  if (!secrets) return refusal_of(secrets.error());
  return std::move(*secrets);
}

// Opens the file, lets `change` do its work on it, and writes it again.
template <class Change>
OrRefusal<int> change_secrets(SecretsOptions const& options, bool may_make_key, Change const& change) {
  auto const key = key_of(options, may_make_key);
  if (!key) return key.error();
  auto secrets = secrets_of(options, *key);
  if (!secrets) return secrets.error();
  if (auto const changed = change(*secrets); !changed) return changed.error();
  auto const written = write_sealed_secrets(options.file, *key, *secrets);
  if (!written) return refusal_of(written.error());
  return exit_code::success;
}

OrRefusal<int> run_set(SecretsOptions const& options) {
  if (!is_variable_name(options.name)) {
    return bad_use("a secret is named with letters, digits and '_', not beginning with a digit");
  }
  auto value = read_value();
  if (!value) return value.error();
  return change_secrets(options, true, [&](Secrets& secrets) -> OrRefusal<int> {
    secrets[options.name] = std::move(*value);
    return exit_code::success;
  });
}

OrRefusal<int> run_remove(SecretsOptions const& options) {
  return change_secrets(options, false, [&](Secrets& secrets) -> OrRefusal<int> {
    if (secrets.erase(options.name) == 0)
      return bad_use(fmt::format("there is no secret '{}'", plain_text(options.name)));
    return exit_code::success;
  });
}

OrRefusal<int> run_list(SecretsOptions const& options) {
  auto const key = key_of(options, false);
  if (!key) return key.error();
  auto const secrets = secrets_of(options, *key);
  if (!secrets) return secrets.error();
  for (auto const& [name, value] : *secrets) print_line(name);
  return exit_code::success;
}

CLI::App* add_one(CLI::App& group, std::string name, std::string description,
                  std::shared_ptr<SecretsOptions> const& options) {
  auto* command = group.add_subcommand(std::move(name), std::move(description));
  command->add_option("--file", options->file, "The encrypted file")
      ->envname("RUNCAST_SECRETS_FILE")
      ->type_name("FILE")
      ->required();
  command->add_option("--key", options->key, "The file of its key, which only you can read")
      ->envname("RUNCAST_SECRETS_KEY")
      ->type_name("FILE")
      ->required();
  return command;
}

}  // namespace

void add_secrets(CLI::App& app, CommandAction& action) {
  auto options = std::make_shared<SecretsOptions>();
  auto* group = app.add_subcommand("secrets", "Keep the server's secrets in an encrypted file")->group(group_operate);
  group->require_subcommand(1);
  group->footer(
      "The server reads the file when it starts: runcast serve --secrets-file FILE --secrets-key FILE. Keep the key\n"
      "away from the server's --data and from its backups.\n\n"
      "Examples:\n"
      "  runcast secrets set DEPLOY_TOKEN --file secrets.sealed --key ~/.config/runcast.key < token\n"
      "  runcast secrets list --file secrets.sealed --key ~/.config/runcast.key");
  auto* set = add_one(*group, "set", "Store a secret, read from standard input; makes files that are missing", options);
  set->add_option("NAME", options->name, "Its name")->required()->type_name("");
  on_chosen(set, action, options, run_set);
  auto* remove = add_one(*group, "remove", "Remove a secret", options);
  remove->add_option("NAME", options->name, "Its name")->required()->type_name("");
  on_chosen(remove, action, options, run_remove);
  on_chosen(add_one(*group, "list", "Print the names", options), action, options, run_list);
}

}  // namespace runcast::cli
