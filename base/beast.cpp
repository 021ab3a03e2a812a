// Beast's one compiled copy (BOOST_BEAST_SEPARATE_COMPILATION).
#include <boost/beast/src.hpp>
