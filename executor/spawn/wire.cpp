#include "executor/spawn/wire.hpp"

#include <cstring>
#include <type_traits>

namespace runcast::wire {
namespace {

class Writer {
 public:
  template <class T>
    requires std::is_integral_v<T> || std::is_enum_v<T>
  void operator()(T value) {
    char bytes[sizeof value];
    std::memcpy(bytes, &value, sizeof value);
    out.append(bytes, sizeof value);
  }
  void operator()(std::string const& text) {
    (*this)(static_cast<std::uint64_t>(text.size()));
    out += text;
  }
  void operator()(std::vector<std::string> const& texts) {
    (*this)(static_cast<std::uint64_t>(texts.size()));
    for (auto const& text : texts) (*this)(text);
  }
  template <class T>
  void operator()(std::optional<T> const& value) {
    (*this)(static_cast<std::uint8_t>(value.has_value()));
    if (value) (*this)(*value);
  }
  void operator()(Millis duration) { (*this)(static_cast<std::int64_t>(duration.count())); }
  void operator()(Error const& error) {
    (*this)(error.code);
    (*this)(error.message);
  }

  std::string out;
};

class Reader {
 public:
  explicit Reader(std::string_view bytes) : rest_(bytes) {}

  template <class T>
    requires std::is_integral_v<T> || std::is_enum_v<T>
  void operator()(T& value) {
    auto const bytes = take(sizeof value);
    if (ok_) std::memcpy(&value, bytes.data(), bytes.size());
  }
  void operator()(std::string& text) { text = take(size()); }
  void operator()(std::vector<std::string>& texts) {
    for (auto count = size(); count > 0 && ok_; --count) (*this)(texts.emplace_back());
  }
  template <class T>
  void operator()(std::optional<T>& value) {
    std::uint8_t present = 0;
    (*this)(present);
    if (present != 0) (*this)(value.emplace());
  }
  void operator()(Millis& duration) {
    std::int64_t count = 0;
    (*this)(count);
    duration = Millis{count};
  }
  void operator()(Error& error) {
    (*this)(error.code);
    (*this)(error.message);
  }

  bool complete() const { return ok_ && rest_.empty(); }

 private:
  std::uint64_t size() {
    std::uint64_t value = 0;
    (*this)(value);
    return value;
  }
  std::string_view take(std::uint64_t size) {
    ok_ = ok_ && size <= rest_.size();
    if (!ok_) return {};
    auto const taken = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return taken;
  }

  std::string_view rest_;
  bool ok_ = true;
};

// Every message's fields, in the order in which they are written and read.
template <class Io, class M>
void fields(Io& io, M& message) {
  using T = std::remove_const_t<M>;
  if constexpr (std::is_same_v<T, Hello>) {
    io(message.version), io(message.instance);
  } else if constexpr (std::is_same_v<T, Spawn>) {
    io(message.serial), io(message.attempt_id), io(message.argv), io(message.script), io(message.shell);
    io(message.env), io(message.working_directory), io(message.stdin_content);
  } else if constexpr (std::is_same_v<T, Terminate>) {
    io(message.serial), io(message.grace);
  } else if constexpr (std::is_same_v<T, Spawned>) {
    io(message.serial), io(message.pid), io(message.wait_status);
  } else if constexpr (std::is_same_v<T, SpawnFailed>) {
    io(message.serial), io(message.error);
  } else if constexpr (std::is_same_v<T, Exited>) {
    io(message.serial), io(message.wait_status);
  } else if constexpr (std::is_same_v<T, StaleKilled>) {
    io(message.count);
  }
}

template <std::size_t Index = 0>
Result<Message> decode_as(std::uint8_t index, Reader& reader) {
  if constexpr (Index < std::variant_size_v<Message>) {
    if (index != Index) return decode_as<Index + 1>(index, reader);
    std::variant_alternative_t<Index, Message> message;
    fields(reader, message);
    if (reader.complete()) return Message{std::move(message)};
  }
  return fail(Errc::corrupt, "the spawn helper and its server do not understand each other");
}

}  // namespace

std::string encode(Message const& message) {
  Writer writer;
  writer(static_cast<std::uint8_t>(message.index()));
  std::visit([&](auto const& alternative) { fields(writer, alternative); }, message);
  return std::move(writer.out);
}

Result<Message> decode(std::string_view bytes) {
  Reader reader(bytes);
  std::uint8_t index = 0xFF;
  reader(index);
  return decode_as(index, reader);
}

}  // namespace runcast::wire
