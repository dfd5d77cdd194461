// SPDX-License-Identifier: Apache-2.0
// The one translation unit that holds Asio's and Beast's compiled parts (BOOST_*_SEPARATE_COMPILATION).
#include <boost/asio/impl/src.hpp>
#include <boost/asio/ssl/impl/src.hpp>
#include <boost/beast/src.hpp>
