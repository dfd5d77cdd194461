// SPDX-License-Identifier: Apache-2.0
#include "ces/certsrv/digest.hpp"

#include "opencapf/x509/handle.hpp"

#include <array>
#include <openssl/evp.h>
#include <stdexcept>

namespace opencapf::ces {

std::string sha256(ByteView data) {
    std::array<unsigned char, 32> value{};
    if (EVP_Digest(data.data(), data.size(), value.data(), nullptr, EVP_sha256(), nullptr) != 1)
        throw std::runtime_error("SHA-256 failed: " + x509::drain_errors());
    return {reinterpret_cast<const char*>(value.data()), value.size()};
}

}  // namespace opencapf::ces
