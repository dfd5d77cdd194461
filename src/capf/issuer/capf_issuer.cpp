// SPDX-License-Identifier: Apache-2.0
#include "capf/issuer/capf_issuer.hpp"

namespace opencapf::capf {

Task<tl::expected<Issued, IssueFailure>> CapfIssuer::issue(IssueRequest request) {
    metrics::Stopwatch watch;
    const event::Phone& phone = request.phone;
    service_.trace.emit(event::LscSigning{phone});
    const LscSigner& signer = *parts_->signer;
    const LscContent content{certificate_name(request.device), request.device.name, parts_->validity};
    std::optional<Result<x509::Certificate>> made;
    auto sign = [&signer, &content, &request, &made] {
        made = signer.sign(content, request.key, std::chrono::system_clock::now());
    };
    std::function<void()> job(std::ref(sign));
    co_await service_.workers.run(std::move(job));
    service_.metrics.took(Phase::ca, watch.lap());
    if (!*made) {
        service_.trace.emit(event::LscNotSigned{phone, made->error().message});
        IssueFailure failure{false, OperationResult::failed, made->error().message};
        co_return tl::unexpected<IssueFailure>(std::move(failure));
    }
    service_.trace.emit(event::LscSigned{phone, (*made)->serial_hex()});
    co_return Issued{std::move(**made), unix_seconds(signer.certificate().not_after())};
}

}  // namespace opencapf::capf
