// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace opencapf::x509 {

/// Deleter of a unique_ptr for what a C library frees with a function of its own. For OpenSSL types that
/// Handle does not know.
template <auto Free>
struct FreeWith {
    template <class T>
    void operator()(T* object) const noexcept {
        Free(object);
    }
};

}  // namespace opencapf::x509
