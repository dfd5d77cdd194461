// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <openssl/types.h>
#include <string>

// openssl/types.h leaves these two out.
using X509_REQ = struct X509_req_st;
using PKCS7 = struct pkcs7_st;

namespace opencapf::x509 {

/// unique_ptr for OpenSSL objects, the size of a pointer. Free functions are in handle.cpp, so that including this
/// header costs nothing.
struct Deleter {
    void operator()(X509* p) const noexcept;
    void operator()(X509_REQ* p) const noexcept;
    void operator()(X509_NAME* p) const noexcept;
    void operator()(X509_STORE* p) const noexcept;
    void operator()(X509_STORE_CTX* p) const noexcept;
    void operator()(EVP_PKEY* p) const noexcept;
    void operator()(EVP_PKEY_CTX* p) const noexcept;
    void operator()(EVP_MD_CTX* p) const noexcept;
    void operator()(BIO* p) const noexcept;
    void operator()(PKCS7* p) const noexcept;
    void operator()(SSL_CTX* p) const noexcept;
    void operator()(SSL* p) const noexcept;
};
template <class T>
using Handle = std::unique_ptr<T, Deleter>;

/// Empties OpenSSL's error queue of this thread into one line; "no detail" when it was empty. Every wrapper calls it on
/// failure, so that an error never surfaces at the next, innocent call.
std::string drain_errors();

}  // namespace opencapf::x509
