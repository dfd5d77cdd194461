// SPDX-License-Identifier: Apache-2.0
#include "native.hpp"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pkcs7.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>

namespace opencapf::x509 {

void Deleter::operator()(X509* p) const noexcept { X509_free(p); }
void Deleter::operator()(X509_REQ* p) const noexcept { X509_REQ_free(p); }
void Deleter::operator()(X509_NAME* p) const noexcept { X509_NAME_free(p); }
void Deleter::operator()(X509_STORE* p) const noexcept { X509_STORE_free(p); }
void Deleter::operator()(X509_STORE_CTX* p) const noexcept { X509_STORE_CTX_free(p); }
void Deleter::operator()(EVP_PKEY* p) const noexcept { EVP_PKEY_free(p); }
void Deleter::operator()(EVP_PKEY_CTX* p) const noexcept { EVP_PKEY_CTX_free(p); }
void Deleter::operator()(EVP_MD_CTX* p) const noexcept { EVP_MD_CTX_free(p); }
void Deleter::operator()(BIO* p) const noexcept { BIO_free_all(p); }
void Deleter::operator()(PKCS7* p) const noexcept { PKCS7_free(p); }

Bytes make_der(std::uint8_t tag, ByteView content) {
    Bytes out{tag};
    const std::size_t length = content.size();
    if (length < 0x80) {
        out.push_back(static_cast<std::uint8_t>(length));
    } else {
        int octets = 1;
        while (length >> (8 * octets) != 0) ++octets;
        out.push_back(static_cast<std::uint8_t>(0x80 | octets));
        for (int i = octets - 1; i >= 0; --i) out.push_back(static_cast<std::uint8_t>((length >> (8 * i)) & 0xff));
    }
    out.insert(out.end(), content.begin(), content.end());
    return out;
}

std::string drain_errors() {
    std::string text;
    while (const unsigned long code = ERR_get_error()) {
        char buffer[256];
        ERR_error_string_n(code, buffer, sizeof buffer);
        if (!text.empty()) text += "; ";
        text += buffer;
    }
    return text.empty() ? "no detail" : text;
}

}  // namespace opencapf::x509
