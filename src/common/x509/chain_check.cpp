// SPDX-License-Identifier: Apache-2.0
#include "opencapf/x509/chain_check.hpp"

#include "native.hpp"
#include "opencapf/base/text.hpp"
#include "opencapf/x509/free_with.hpp"

#include <algorithm>
#include <filesystem>
#include <openssl/pem.h>
#include <openssl/x509_vfy.h>

namespace opencapf::x509 {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaxListBytes = 64 * 1024 * 1024;

/// A stack that borrows its elements.
template <auto Free>
struct FreeStack {
    template <class T>
    void operator()(T* stack) const noexcept {
        Free(stack);
    }
};
using CertificateStack = std::unique_ptr<STACK_OF(X509), FreeStack<[](STACK_OF(X509) * s) { sk_X509_free(s); }>>;
using ListStack = std::unique_ptr<STACK_OF(X509_CRL), FreeStack<[](STACK_OF(X509_CRL) * s) { sk_X509_CRL_free(s); }>>;

std::vector<std::shared_ptr<X509_CRL>> read_lists(const std::string& path) {
    const std::string text = read_file(path, kMaxListBytes);
    const auto own = [](X509_CRL* list) { return std::shared_ptr<X509_CRL>(list, X509_CRL_free); };
    std::vector<std::shared_ptr<X509_CRL>> lists;
    const Handle<BIO> bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
    while (X509_CRL* list = PEM_read_bio_X509_CRL(bio.get(), nullptr, nullptr, nullptr)) lists.push_back(own(list));
    drain_errors();  // the end of the file is one
    if (!lists.empty()) return lists;
    const auto* in = reinterpret_cast<const unsigned char*>(text.data());
    if (X509_CRL* list = d2i_X509_CRL(nullptr, &in, static_cast<long>(text.size()))) lists.push_back(own(list));
    if (lists.empty()) throw std::runtime_error(path + " holds no certificate revocation list: " + drain_errors());
    return lists;
}

/// OpenSSL asks about each problem; 1 = go on.
int tolerate_missing_lists(int good, X509_STORE_CTX* context) {
    if (good == 1) return 1;
    switch (X509_STORE_CTX_get_error(context)) {
        case X509_V_ERR_UNABLE_TO_GET_CRL:
        case X509_V_ERR_UNABLE_TO_GET_CRL_ISSUER:
        case X509_V_ERR_CRL_HAS_EXPIRED:
        case X509_V_ERR_CRL_NOT_YET_VALID:
        case X509_V_ERR_DIFFERENT_CRL_SCOPE:
            X509_STORE_CTX_set_error(context, X509_V_OK);
            return 1;
        default:
            return 0;
    }
}

}  // namespace

RevocationLists RevocationLists::load(const std::string& path) {
    std::vector<std::string> files;
    if (fs::is_directory(path)) {
        for (const auto& entry : fs::directory_iterator(path)) {
            const auto extension = entry.path().extension();
            if (extension == ".crl" || extension == ".pem" || extension == ".der")
                files.push_back(entry.path().string());
        }
        std::sort(files.begin(), files.end());
    } else {
        files.push_back(path);
    }
    RevocationLists all;
    for (const auto& file : files) {
        auto lists = read_lists(file);
        std::move(lists.begin(), lists.end(), std::back_inserter(all.lists_));
    }
    return all;
}

tl::expected<void, ChainProblem> check_client_chain(const TrustStore& trust, const Certificate& leaf,
                                                    const std::vector<Certificate>& untrusted,
                                                    const RevocationLists* lists, RevocationCheck check) {
    const CertificateStack chain(sk_X509_new_null());
    for (const auto& certificate : untrusted) sk_X509_push(chain.get(), certificate.native());
    const ListStack known(sk_X509_CRL_new_null());
    const Handle<X509_STORE_CTX> context(X509_STORE_CTX_new());
    if (!context || X509_STORE_CTX_init(context.get(), trust.native(), leaf.native(), chain.get()) != 1)
        return tl::unexpected(ChainProblem{X509_V_ERR_UNSPECIFIED, "cannot verify: " + drain_errors()});
    X509_STORE_CTX_set_default(context.get(), "ssl_client");
    unsigned long flags = X509_V_FLAG_PARTIAL_CHAIN;
    if (check != RevocationCheck::off) {
        for (const auto& list : lists->lists()) sk_X509_CRL_push(known.get(), list.get());
        X509_STORE_CTX_set0_crls(context.get(), known.get());
        flags |= X509_V_FLAG_CRL_CHECK | X509_V_FLAG_CRL_CHECK_ALL;
        if (check == RevocationCheck::soft) X509_STORE_CTX_set_verify_cb(context.get(), tolerate_missing_lists);
    }
    X509_STORE_CTX_set_flags(context.get(), flags);
    const bool good = X509_verify_cert(context.get()) == 1;
    const int code = X509_STORE_CTX_get_error(context.get());
    drain_errors();
    if (good) return {};
    return tl::unexpected(ChainProblem{code, X509_verify_cert_error_string(code)});
}

}  // namespace opencapf::x509
