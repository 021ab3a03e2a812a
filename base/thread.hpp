#pragma once

namespace runcast {

// What `top -H`, a debugger and a profiler call this thread; at most 15 bytes.
void name_this_thread(char const* name);

// Asks the scheduler for short turns: a thread that works for microseconds and then waits is not kept waiting for the
// milliseconds that others may have in one go. It gets no more of the processor for it. Needs Linux 6.12 and no
// privilege; nothing happens before that. Processes that the thread starts do not inherit it.
void keep_turns_short();

}  // namespace runcast
