#include "store/coalescing_vfs.hpp"

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <new>
#include <span>

#include <sqlite3.h>

namespace runcast {
namespace {

constexpr int frame_header_bytes = 24;
// 31 frames of 4 KiB. SQLite's own VFS for Unix writes fewer than 128 KiB in one call (seekAndWriteFd in os_unix.c).
constexpr std::size_t buffer_bytes = 127u << 10;

sqlite3_vfs* system_vfs() {
  static sqlite3_vfs* const found = sqlite3_vfs_find(nullptr);
  return found;
}

// In memory that SQLite allocates; the file of the system's VFS lies right behind it.
struct WalFile {
  sqlite3_file base;
  char* buffer;
  std::size_t held;    // bytes in the buffer, the last ones before `end`
  sqlite3_int64 end;   // of what SQLite wrote last
  bool ends_a_commit;  // the page that is written next does

  sqlite3_file* system() { return reinterpret_cast<sqlite3_file*>(this + 1); }
  sqlite3_io_methods const& of_system() { return *system()->pMethods; }
};
static_assert(sizeof(WalFile) % alignof(sqlite3_int64) == 0);

WalFile& wal(sqlite3_file* file) { return *reinterpret_cast<WalFile*>(file); }

int flush(WalFile& file) {
  if (file.held == 0) return SQLITE_OK;
  auto const size = static_cast<int>(file.held);
  file.held = 0;
  return file.of_system().xWrite(file.system(), file.buffer, size, file.end - size);
}

// A frame's header names the database's size in pages if the frame commits, and 0 if it does not.
bool says_commit(char const* header) {
  return std::any_of(header + 4, header + 8, [](char byte) { return byte != 0; });
}

int write(sqlite3_file* base, void const* data, int size, sqlite3_int64 offset) {
  auto& file = wal(base);
  auto const* bytes = static_cast<char const*>(data);
  bool const header = size == frame_header_bytes;
  bool const commits = !header && file.ends_a_commit;
  file.ends_a_commit = header && says_commit(bytes);
  if (offset != file.end || file.held + static_cast<std::size_t>(size) > buffer_bytes) {
    if (int const code = flush(file); code != SQLITE_OK) return code;
  }
  bool const appended = offset == file.end;
  file.end = offset + size;
  if (!appended) return file.of_system().xWrite(file.system(), data, size, offset);
  std::memcpy(file.buffer + file.held, bytes, static_cast<std::size_t>(size));
  file.held += static_cast<std::size_t>(size);
  return commits ? flush(file) : SQLITE_OK;
}

// For what has to find the file as SQLite believes it to be.
template <auto method, class... Arguments>
int after_flush(sqlite3_file* base, Arguments... arguments) {
  auto& file = wal(base);
  if (int const code = flush(file); code != SQLITE_OK) return code;
  return (file.of_system().*method)(file.system(), arguments...);
}

template <auto method, class... Arguments>
int forward(sqlite3_file* base, Arguments... arguments) {
  auto& file = wal(base);
  return (file.of_system().*method)(file.system(), arguments...);
}

// What still waits is of no transaction that was committed.
int close(sqlite3_file* base) {
  auto& file = wal(base);
  delete[] file.buffer;
  return file.of_system().xClose(file.system());
}

constexpr sqlite3_io_methods wal_methods{
    .iVersion = 1,  // no shared memory and no mapping: SQLite asks a database's file for those
    .xClose = close,
    .xRead = after_flush<&sqlite3_io_methods::xRead, void*, int, sqlite3_int64>,
    .xWrite = write,
    .xTruncate = after_flush<&sqlite3_io_methods::xTruncate, sqlite3_int64>,
    .xSync = after_flush<&sqlite3_io_methods::xSync, int>,
    .xFileSize = after_flush<&sqlite3_io_methods::xFileSize, sqlite3_int64*>,
    .xLock = forward<&sqlite3_io_methods::xLock, int>,
    .xUnlock = forward<&sqlite3_io_methods::xUnlock, int>,
    .xCheckReservedLock = forward<&sqlite3_io_methods::xCheckReservedLock, int*>,
    .xFileControl = forward<&sqlite3_io_methods::xFileControl, int, void*>,
    .xSectorSize = forward<&sqlite3_io_methods::xSectorSize>,
    .xDeviceCharacteristics = forward<&sqlite3_io_methods::xDeviceCharacteristics>,
    .xShmMap = nullptr,
    .xShmLock = nullptr,
    .xShmBarrier = nullptr,
    .xShmUnmap = nullptr,
    .xFetch = nullptr,
    .xUnfetch = nullptr,
};

int open(sqlite3_vfs*, char const* name, sqlite3_file* base, int flags, int* out) {
  auto& system = *system_vfs();
  if ((flags & SQLITE_OPEN_WAL) == 0) return system.xOpen(&system, name, base, flags, out);
  auto& file = wal(base);
  file = WalFile{};
  if (int const code = system.xOpen(&system, name, file.system(), flags, out); code != SQLITE_OK) return code;
  file.buffer = new (std::nothrow) char[buffer_bytes];
  if (!file.buffer) {
    file.of_system().xClose(file.system());
    return SQLITE_NOMEM;
  }
  file.end = -1;
  file.base.pMethods = &wal_methods;
  return SQLITE_OK;
}

}  // namespace

char const* coalescing_vfs() {
  static constexpr char const* name = "runcast-coalescing";
  static sqlite3_vfs vfs;
  static bool const registered = [] {
    if (!system_vfs()) return false;
    vfs = *system_vfs();  // with its methods, and the data that they look for
    vfs.szOsFile += static_cast<int>(sizeof(WalFile));
    vfs.zName = name;
    vfs.pNext = nullptr;
    vfs.xOpen = open;
    return sqlite3_vfs_register(&vfs, 0) == SQLITE_OK;
  }();
  return registered ? name : nullptr;
}

}  // namespace runcast
