// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "opencapf/x509/certificate.hpp"

#include <openssl/types.h>
#include <string>
#include <tl/expected.hpp>
#include <vector>

namespace opencapf::x509 {

/// Certificate revocation lists, PEM or DER. Immutable; copies share the lists. Thread-safe.
class RevocationLists {
public:
    RevocationLists() = default;
    /// Every *.crl, *.pem and *.der file of a directory, or one file (PEM: all its lists). Throws std::runtime_error
    /// that names what cannot be read.
    static RevocationLists load(const std::string& path);
    [[nodiscard]] std::size_t size() const noexcept { return lists_.size(); }
    [[nodiscard]] const std::vector<std::shared_ptr<X509_CRL>>& lists() const noexcept { return lists_; }

private:
    std::vector<std::shared_ptr<X509_CRL>> lists_;
};

enum class RevocationCheck {
    off,
    soft,  ///< revoked is revoked, but a list that is missing or too old stops nobody
    hard,  ///< every certificate below the anchor needs a list that is valid now
};

struct ChainProblem {
    int code = 0;  ///< X509_V_ERR_*
    std::string text;
};

/// RFC 5280 path building for a TLS client's certificate (purpose clientAuth) up to any certificate of `trust`, be it
/// self-signed or not. `untrusted` may help. `lists` may be null only with RevocationCheck::off.
tl::expected<void, ChainProblem> check_client_chain(const TrustStore& trust, const Certificate& leaf,
                                                    const std::vector<Certificate>& untrusted,
                                                    const RevocationLists* lists, RevocationCheck check);

}  // namespace opencapf::x509
