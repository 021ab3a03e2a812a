#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/clock.hpp"
#include "base/result.hpp"

struct sqlite3;
struct sqlite3_stmt;

namespace runcast {

// A prepared statement. Parameters count from 1, columns from 0. Used by one thread at a time, like its connection.
//
// bind() keeps no copy of a text: it must outlive the statement's reset.
class Statement {
 public:
  static Result<Statement> prepare(sqlite3* connection, std::string_view sql);

  Statement(Statement&& other) noexcept;
  Statement& operator=(Statement&& other) noexcept;
  ~Statement();

  void bind(int parameter, std::int64_t value);
  void bind(int parameter, int value) { bind(parameter, static_cast<std::int64_t>(value)); }
  void bind(int parameter, std::uint64_t value) { bind(parameter, static_cast<std::int64_t>(value)); }
  void bind(int parameter, std::string_view value);
  void bind(int parameter, Timestamp value) { bind(parameter, to_epoch_ms(value)); }
  void bind(int parameter, std::nullopt_t);
  template <class T>
  void bind(int parameter, std::optional<T> const& value) {
    if (value) {
      bind(parameter, *value);
    } else {
      bind(parameter, std::nullopt);
    }
  }
  // Binds from parameter 1 on.
  template <class... Values>
  void bind_all(Values const&... values) {
    int parameter = 0;
    (bind(++parameter, values), ...);
  }

  // True: a row is there to be read. False: it is done, and reset. After an error it is reset, too.
  Result<bool> step();
  // step() for what yields no rows.
  Result<void> run();
  // Makes it ready for another round; the parameters stay bound.
  void reset();

  bool is_null(int column) const;
  std::int64_t integer(int column) const;
  std::uint64_t natural(int column) const { return static_cast<std::uint64_t>(integer(column)); }
  std::string_view text(int column) const;  // until the next step() or reset()
  std::string str(int column) const { return std::string(text(column)); }
  Timestamp time(int column) const { return from_epoch_ms(integer(column)); }
  std::optional<Timestamp> maybe_time(int column) const;

 private:
  explicit Statement(sqlite3_stmt* statement) : statement_(statement) {}

  sqlite3_stmt* statement_;
};

// A cached statement on loan: reset when the borrower is done. Bind every parameter: the last borrower's are still
// there.
class Borrowed {
 public:
  explicit Borrowed(Statement& statement) : statement_(&statement) {}
  Borrowed(Borrowed&& other) noexcept : statement_(std::exchange(other.statement_, nullptr)) {}
  Borrowed& operator=(Borrowed&&) = delete;
  ~Borrowed() {
    if (statement_) statement_->reset();
  }

  Statement* operator->() const { return statement_; }
  Statement& operator*() const { return *statement_; }

 private:
  Statement* statement_;
};

// What SQLite last said on this connection. Errc::io, or ::corrupt, ::busy, ::conflict (a constraint) where it is that.
Error sqlite_error(sqlite3* connection, std::string_view doing);

}  // namespace runcast
