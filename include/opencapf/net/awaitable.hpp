// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/asio/awaitable.hpp>

namespace opencapf {

/// The one asynchronous style of the project. House rule (g++ 12.2 miscompiles otherwise): a lambda with captures or a
/// braced aggregate is a named local first and then std::move'd into the awaited call; tools/check_coawait.py guards
/// it. Parameters of coroutines are values, or references to what provably outlives them.
template <class T = void>
using Task = boost::asio::awaitable<T>;

}  // namespace opencapf
