// embed [TICKS]: prints the port on which a WebSocket may follow, ticks, and prints what it saw itself.
#include <cstdio>
#include <cstdlib>

#include "ticker.hpp"

int main(int argc, char** argv) {
  int const ticks = argc > 1 ? std::atoi(argv[1]) : 100;
  Ticker ticker(ticks);
  int const seen = ticker.run();
  std::printf("saw %d of %d\n", seen, ticks);
  return seen == ticks ? 0 : 1;
}
