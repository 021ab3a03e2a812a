#pragma once

#include <memory>

#include "store/bundle.hpp"
#include "store/write_tx.hpp"

namespace runcast {

// Stores a run as its bundle has it: its events' texts are those that were sent where it ran, the id in them too. They
// happened there and not here, so they are in this server's run log alone, not in its feed of all events. `bundle` and
// what it points into outlive the op. conflict: there is a run of this id.
WriteOp import_of(Bundle const& bundle, Timestamp now);

}  // namespace runcast
