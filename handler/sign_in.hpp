#pragma once

#include "handler/access.hpp"
#include "handler/router.hpp"

namespace runcast {

// For browsers, which cannot send a header of their own with a page or a WebSocket: /sign-in takes a token and keeps it
// in a cookie that no script can read and no other site can use; /sign-out drops it. And GET /api/v2/session, which
// tells a caller who it is and what it may do. `access` outlives the router.
void add_sign_in(Router& router, Access const& access);

}  // namespace runcast
