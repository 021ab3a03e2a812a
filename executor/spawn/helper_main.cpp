#include "executor/spawn/helper.hpp"

int main() { return runcast::run_spawn_helper(); }
