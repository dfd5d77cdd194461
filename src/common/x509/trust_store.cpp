// SPDX-License-Identifier: Apache-2.0
#include "native.hpp"
#include "opencapf/base/text.hpp"
#include "opencapf/x509/certificate.hpp"

#include <algorithm>
#include <filesystem>
#include <openssl/x509_vfy.h>

namespace opencapf::x509 {

TrustStore::TrustStore(std::vector<Certificate> certificates) : certificates_(std::move(certificates)) {
    store_ = std::shared_ptr<X509_STORE>(X509_STORE_new(), Deleter{});
    if (!store_) throw std::bad_alloc();
    for (const auto& certificate : certificates_) {
        if (X509_STORE_add_cert(store_.get(), certificate.native()) != 1)
            throw std::runtime_error("cannot trust " + certificate.subject_oneline() + ": " + drain_errors());
    }
}

TrustStore TrustStore::load_directory(const std::string& directory) {
    namespace fs = std::filesystem;
    std::vector<fs::path> files;
    for (const auto& entry : fs::directory_iterator(directory)) {
        const auto extension = entry.path().extension();
        if (extension == ".pem" || extension == ".crt" || extension == ".cer" || extension == ".der")
            files.push_back(entry.path());
    }
    std::sort(files.begin(), files.end());
    std::vector<Certificate> certificates;
    for (const auto& file : files) certificates.push_back(Certificate::load(file.string()));
    return TrustStore(std::move(certificates));
}

TrustStore TrustStore::load_file(const std::string& path) {
    auto certificates = Certificate::all_from_pem(read_file(path));
    if (!certificates) throw std::runtime_error(path + ": " + certificates.error().message);
    return TrustStore(std::move(*certificates));
}

Result<void> TrustStore::verify(const Certificate& leaf, const std::vector<Certificate>& untrusted) const {
    const std::unique_ptr<STACK_OF(X509), void (*)(STACK_OF(X509)*)> chain(
        sk_X509_new_null(), [](STACK_OF(X509) * stack) { sk_X509_free(stack); });
    for (const auto& certificate : untrusted) sk_X509_push(chain.get(), certificate.native());
    const Handle<X509_STORE_CTX> context(X509_STORE_CTX_new());
    if (!context || X509_STORE_CTX_init(context.get(), store_.get(), leaf.native(), chain.get()) != 1)
        return fail(Errc::crypto, "cannot verify: " + drain_errors());
    if (X509_verify_cert(context.get()) == 1) return {};
    const std::string reason = X509_verify_cert_error_string(X509_STORE_CTX_get_error(context.get()));
    drain_errors();
    return fail(Errc::tls,
                "certificate " + leaf.subject_oneline() + " issued by " + leaf.issuer_oneline() + ": " + reason);
}

std::string TrustStore::pem() const {
    std::string text;
    for (const auto& certificate : certificates_) text += certificate.pem();
    return text;
}

}  // namespace opencapf::x509
