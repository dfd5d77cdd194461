// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "opencapf/base/bytes.hpp"
#include "opencapf/x509/builder.hpp"
#include "opencapf/x509/handle.hpp"

#include <openssl/bio.h>
#include <openssl/x509.h>
#include <stdexcept>
#include <string>

// Helpers the x509 sources share; private to the library.
namespace opencapf::x509 {

/// DER of any OpenSSL object by its i2d function.
template <class T, class Encode>
Bytes encode_der(T* object, Encode i2d) {
    const int length = i2d(object, nullptr);
    if (length <= 0) throw std::runtime_error("cannot encode DER: " + drain_errors());
    Bytes der(static_cast<std::size_t>(length));
    auto* out = der.data();
    i2d(object, &out);
    return der;
}

inline Handle<BIO> memory_bio() {
    Handle<BIO> bio(BIO_new(BIO_s_mem()));
    if (!bio) throw std::bad_alloc();
    return bio;
}

inline std::string bio_text(BIO* bio) {
    char* data = nullptr;
    const long length = BIO_get_mem_data(bio, &data);
    return length > 0 ? std::string(data, static_cast<std::size_t>(length)) : std::string();
}

/// "/DC=com/CN=x" as the product's logs print names. OpenSSL's own oneline escapes non-printable bytes.
std::string oneline(const X509_NAME* name);
std::string rfc2253(const X509_NAME* name);
/// Last CN as UTF-8, or empty.
std::string last_common_name(const X509_NAME* name);

/// The base64 body of the first PEM block whose label is one of `labels` (all when empty), liberally read.
struct PemBlock {
    std::string label;
    Bytes der;
    std::size_t end = 0;  ///< offset after the block
};
bool next_pem_block(std::string_view text, std::size_t from, PemBlock& block);

std::string make_pem(std::string_view label, ByteView der, std::string_view eol);

}  // namespace opencapf::x509
