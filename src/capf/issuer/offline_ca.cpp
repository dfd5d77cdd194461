// SPDX-License-Identifier: Apache-2.0
#include "capf/issuer/offline_ca.hpp"

namespace opencapf::capf {
namespace {

tl::unexpected<IssueFailure> waits(std::string why) {
    return tl::unexpected<IssueFailure>(IssueFailure{true, OperationResult::success, std::move(why)});
}

/// Whether `certificate` is one for the key of `pem`, and is valid now.
Result<void> check(const x509::Certificate& certificate, const std::string& pem, WallTime now) {
    const auto csr = x509::CertificateRequest::from_text(pem);
    if (!csr) return fail(csr.error().with("the request in the spool"));
    if (!(certificate.public_key() == csr->public_key()))
        return fail(Errc::rejected, "the certificate is for another key than the request that waits");
    if (certificate.is_ca()) return fail(Errc::rejected, "that is the certificate of a CA");
    if (certificate.not_after() <= now) return fail(Errc::rejected, "the certificate has expired");
    if (certificate.not_before() > now) return fail(Errc::rejected, "the certificate is not valid yet");
    return {};
}

}  // namespace

Task<tl::expected<Issued, IssueFailure>> OfflineCa::issue(IssueRequest request) {
    const event::Phone& phone = request.phone;
    auto mark = [this, &phone] { service_.spool.write_waiting(phone.device, kOfflineMark, 0); };
    std::function<void()> job(std::ref(mark));
    co_await service_.workers.run(std::move(job));
    co_await service_.offline.remove(phone.device);  // made for an earlier key
    const std::string path = service_.spool.csr_path(phone.device);
    service_.trace.emit(event::RequestWaits{phone, "CA Mode is OfflineCA, CSR waits at " + path});
    co_return waits("the request waits for an administrator (capfctl csr dump, capfctl cert import)");
}

Task<Collected> OfflineCa::collect(event::Phone phone, Device device, int) {
    const auto request = co_await waiting_request(device, kOfflineMark);
    if (!request) co_return std::optional<Issued>{};
    const auto der = co_await service_.offline.find(device.name);
    if (!der) {
        service_.trace.emit(event::RequestWaits{phone, "CA Mode is OfflineCA, the certificate is not imported yet"});
        co_return waits("the certificate is not imported yet");
    }
    auto certificate = x509::Certificate::from_der(*der);
    Result<void> good = certificate ? check(*certificate, request->pem, std::chrono::system_clock::now())
                                    : Result<void>(fail(certificate.error()));
    if (!good) {
        co_await service_.offline.remove(device.name);
        service_.trace.emit(event::RequestWaits{phone, "The imported certificate is useless: " + good.error().message});
        co_return waits("the imported certificate is useless: " + good.error().message);
    }
    service_.trace.emit(event::CertificateCollected{phone, certificate->serial_hex()});
    co_return std::optional<Issued>(Issued{std::move(*certificate)});
}

Task<Result<std::string>> import_certificate(Service& service, std::string name, Bytes der) {
    if (!is_valid_device_name(name)) co_return fail(Errc::malformed, "the file's name is no device name");
    auto certificate = x509::Certificate::from_der(der);
    if (!certificate) co_return fail(certificate.error());
    const auto device = co_await service.devices.find(name);
    if (!device) co_return fail(Errc::not_found, "there is no such device");
    std::optional<WaitingRequest> request;
    auto read = [&service, &device, &request] { request = service.spool.waiting(device->name); };
    std::function<void()> job(std::ref(read));
    co_await service.workers.run(std::move(job));
    if (!request || request->issuer != kOfflineMark) {
        if (device->lsc == der) co_return device->name;  // an import that is repeated after its phone has come
        co_return fail(Errc::not_found, "no request of this device waits for the Offline CA");
    }
    const auto now = std::chrono::system_clock::now();
    const auto good = check(*certificate, request->pem, now);
    if (!good) co_return fail(good.error());
    co_await service.offline.put(device->name, std::move(der), unix_seconds(now));
    co_return device->name;
}

}  // namespace opencapf::capf
