// SPDX-License-Identifier: Apache-2.0
#include "opencapf/x509/pkcs7.hpp"

#include "native.hpp"

#include <openssl/pkcs7.h>

namespace opencapf::x509 {
Bytes make_certs_only(const std::vector<Certificate>& certificates) {
    // Written by hand: OpenSSL 3 sorts the bag, and certsrv promises leaf first (certsrv.md 1.5).
    static const Bytes kVersionDigestsData = {0x02, 0x01, 0x01, 0x31, 0x00, 0x30, 0x0b, 0x06, 0x09,
                                              0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x01};
    static const Bytes kSignedDataOid = {0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x02};
    Bytes bag;
    for (const auto& certificate : certificates)
        bag.insert(bag.end(), certificate.der().begin(), certificate.der().end());
    Bytes signed_data = kVersionDigestsData;
    const Bytes implicit_certificates = make_der(0xa0, bag);
    signed_data.insert(signed_data.end(), implicit_certificates.begin(), implicit_certificates.end());
    signed_data.push_back(0x31);  // no signers
    signed_data.push_back(0x00);
    Bytes content = kSignedDataOid;
    const Bytes explicit_content = make_der(0xa0, make_der(0x30, signed_data));
    content.insert(content.end(), explicit_content.begin(), explicit_content.end());
    return make_der(0x30, content);
}

Result<std::vector<Certificate>> read_certs_only(ByteView data) {
    Bytes der;
    PemBlock block;
    if (next_pem_block(as_text(data), 0, block)) {
        der = std::move(block.der);
    } else if (!data.empty() && data[0] == 0x30) {
        der.assign(data.begin(), data.end());
    } else if (auto decoded = from_base64(as_text(data))) {
        der = std::move(*decoded);
    }
    const auto* in = der.data();
    const Handle<PKCS7> bag(d2i_PKCS7(nullptr, &in, static_cast<long>(der.size())));
    if (!bag) return fail(Errc::malformed, "not a PKCS#7: " + drain_errors());
    if (in != der.data() + der.size()) return fail(Errc::malformed, "bytes after the PKCS#7");
    if (!PKCS7_type_is_signed(bag.get()) || bag->d.sign == nullptr)
        return fail(Errc::malformed, "the PKCS#7 is no SignedData");
    std::vector<Certificate> certificates;
    const STACK_OF(X509)* stack = bag->d.sign->cert;
    for (int i = 0; stack != nullptr && i < sk_X509_num(stack); ++i) {
        X509* native = sk_X509_value(stack, i);
        X509_up_ref(native);
        certificates.push_back(Certificate::adopt(Handle<X509>(native)));
    }
    if (certificates.empty()) return fail(Errc::not_found, "the PKCS#7 holds no certificate");
    return certificates;
}

}  // namespace opencapf::x509
