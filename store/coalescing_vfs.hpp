#pragma once

namespace runcast {

// The name of an SQLite VFS under which a transaction's pages reach the WAL in one write, to be opened with; null,
// which is SQLite's own, where it cannot be registered. Thread-safe.
//
// SQLite's own writes the header of each page (24 bytes) and the page (4 KiB) by a call each. This one waits with what
// is appended to a WAL until the page that commits is there, or 127 KiB are; so all is in the file before SQLite syncs
// it or shows it to another connection, and an error of the write is an error of the commit. All other files are
// SQLite's own. Source of the format: https://www.sqlite.org/fileformat2.html#the_write_ahead_log
char const* coalescing_vfs();

}  // namespace runcast
