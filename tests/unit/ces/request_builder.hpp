// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "opencapf/x509/free_with.hpp"
#include "opencapf/x509/request.hpp"

#include <openssl/asn1.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <stdexcept>
#include <utility>

namespace opencapf::ces::test {

/// PKCS#10 piece by piece, sane or not. Throws std::runtime_error when OpenSSL does not play along.
class RequestBuilder {
public:
    explicit RequestBuilder(x509::PrivateKey key) : key_(std::move(key)), request_(X509_REQ_new()) {
        need(X509_REQ_set_pubkey(request_.get(), key_.native()) == 1);
    }
    RequestBuilder& name(const char* type, std::string_view bytes, int asn1_type = V_ASN1_UTF8STRING) {
        need(X509_NAME_add_entry_by_txt(X509_REQ_get_subject_name(request_.get()), type, asn1_type,
                                        reinterpret_cast<const unsigned char*>(bytes.data()),
                                        static_cast<int>(bytes.size()), -1, 0) == 1);
        return *this;
    }
    /// An extension in the form of openssl.cnf.
    RequestBuilder& extension(int nid, const std::string& value) {
        const std::unique_ptr<X509_EXTENSION, x509::FreeWith<X509_EXTENSION_free>> made(
            X509V3_EXT_conf_nid(nullptr, nullptr, nid, value.c_str()));
        return add_extension(made.get());
    }
    RequestBuilder& raw_extension(const char* oid, ByteView der) {
        const std::unique_ptr<ASN1_OBJECT, x509::FreeWith<ASN1_OBJECT_free>> type(OBJ_txt2obj(oid, 1));
        const std::unique_ptr<ASN1_OCTET_STRING, x509::FreeWith<ASN1_OCTET_STRING_free>> value(ASN1_OCTET_STRING_new());
        need(ASN1_OCTET_STRING_set(value.get(), der.data(), static_cast<int>(der.size())) == 1);
        const std::unique_ptr<X509_EXTENSION, x509::FreeWith<X509_EXTENSION_free>> made(
            X509_EXTENSION_create_by_OBJ(nullptr, type.get(), 0, value.get()));
        return add_extension(made.get());
    }
    RequestBuilder& attribute(const char* oid, std::string_view text, int asn1_type = V_ASN1_UTF8STRING) {
        need(X509_REQ_add1_attr_by_txt(request_.get(), oid, asn1_type,
                                       reinterpret_cast<const unsigned char*>(text.data()),
                                       static_cast<int>(text.size())) == 1);
        return *this;
    }
    x509::CertificateRequest sign(const EVP_MD* digest = EVP_sha256()) {
        if (extensions_ != nullptr) need(X509_REQ_add_extensions(request_.get(), extensions_.get()) == 1);
        need(X509_REQ_sign(request_.get(), key_.native(), digest) > 0);
        const int length = i2d_X509_REQ(request_.get(), nullptr);
        Bytes der(static_cast<std::size_t>(length));
        auto* out = der.data();
        i2d_X509_REQ(request_.get(), &out);
        auto parsed = x509::CertificateRequest::from_der(der);
        need(parsed.has_value());
        return std::move(*parsed);
    }

private:
    static void need(bool good) {
        if (!good) throw std::runtime_error("RequestBuilder: " + x509::drain_errors());
    }
    RequestBuilder& add_extension(X509_EXTENSION* extension) {
        need(extension != nullptr);
        if (extensions_ == nullptr) extensions_.reset(sk_X509_EXTENSION_new_null());
        need(sk_X509_EXTENSION_push(extensions_.get(), X509_EXTENSION_dup(extension)) > 0);
        return *this;
    }
    static void free_extensions(STACK_OF(X509_EXTENSION) * stack) {
        sk_X509_EXTENSION_pop_free(stack, X509_EXTENSION_free);
    }
    x509::PrivateKey key_;
    x509::Handle<X509_REQ> request_;
    std::unique_ptr<STACK_OF(X509_EXTENSION), x509::FreeWith<free_extensions>> extensions_;
};

}  // namespace opencapf::ces::test
