// The one compiled copy of Beast (BOOST_BEAST_SEPARATE_COMPILATION), and of Asio's TLS
// (BOOST_ASIO_SEPARATE_COMPILATION).
#include <boost/asio/ssl/impl/src.hpp>
#include <boost/beast/src.hpp>
