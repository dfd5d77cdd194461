// SPDX-License-Identifier: Apache-2.0
#include "capf/trace_events.hpp"
#include "opencapf/base/text.hpp"

#include <algorithm>
#include <cstdio>

namespace opencapf::capf {
namespace {

constexpr std::size_t kLabelLength = 77;  // where the product clips a label (cucm-capf.md 5.1)

std::string number(std::int64_t value) { return std::to_string(value); }

class Renderer {
public:
    explicit Renderer(WallTime time) {
        char stamp[8];
        std::snprintf(stamp, sizeof stamp, ".%03d", milliseconds_of(time));
        stamp_ = format_local(time, "%H:%M:%S") + stamp + " |";
    }
    std::vector<std::string> take() { return std::move(lines_); }

    void operator()(const event::ServiceParametersRead& e);
    void operator()(const event::EstClientReady& e);
    void operator()(const event::ConnectionOpened& e) {
        debug("addded " + number(e.descriptor) + " to readset");
        debug("Recd event");
        debug("New connection from " + e.address + " (" + e.tls_version + ")");
    }
    void operator()(const event::HandshakeFailed& e) {
        debug("TLS handshake with " + e.address + " failed: " + e.reason);
    }
    void operator()(const event::ConnectionRefused& e) { debug("Too many connections, " + e.address + " refused"); }
    void operator()(const event::Ipv6Refused& e) { debug("IPv6 is not enabled, " + e.address + " refused"); }
    void operator()(const event::Message& e) { debug("MsgType : " + std::string(e.name)); }
    void operator()(const event::ProtocolError& e) {
        debug(prefix(e.session, e.device) + "Protocol error: " + e.what + "; answered " + e.answer);
    }
    void operator()(const event::UnknownDevice& e) {
        debug(prefix(e.session, e.name) + "Device not found in the database");
    }
    void operator()(const event::DeviceSelected& e);
    void operator()(const event::SelectLeft& e) { leave("Select(" + e.device + ")"); }
    void operator()(const event::NothingPending& e) { debug(e.phone, "No pending operation for the device"); }
    void operator()(const event::Refused& e) { debug(e.phone, e.why); }
    void operator()(const event::StateEvent& e) { state(e.phone, e.event, e.state); }
    void operator()(const event::IdentityProven& e) {
        debug(e.phone, "Existing certificate accepted, subject " + e.subject + ", issuer " + e.issuer);
    }
    void operator()(const event::DeletionRequested& e) { debug(e.phone, "Sending DELETE_CERT_REQ msg"); }
    void operator()(const event::FetchRequested& e) {
        debug(e.phone, "Sending FETCH_CERT_REQ msg for the " + std::string(e.kind));
    }
    void operator()(const event::NothingFetched& e) { debug(e.phone, "The phone has no " + std::string(e.kind)); }
    void operator()(const event::CertificateFetched& e);
    void operator()(const event::KeyRequested& e) { debug(e.phone, "Requesting key generation, " + e.size); }
    void operator()(const event::KeyReceived& e) {
        debug(e.phone, "Received public key, length: " + number(static_cast<std::int64_t>(e.length)));
    }
    void operator()(const event::RequestBuilt& e) {
        debug(e.phone, std::string("CSR written to ") + e.path +
                           (e.signed_by_phone ? ", signed by the phone" : ", without signature (id-alg-noSignature)"));
    }
    void operator()(const event::EnrollmentStarted& e) {
        debug(e.phone, "CA Mode is OnlineCA, Initiating Automatic Certificate Enrollment");
        debug(e.phone, "Calling enrollCertUsingEST() csr_file=" + e.csr_path);
        debug(e.phone, "Inside X509_REQ *read_csr()");
    }
    void operator()(const event::RequestRead& e) { debug(e.phone, "Completed action in X509_REQ *read_csr()"); }
    void operator()(const event::EnrollmentAnswered& e) {
        debug(e.phone, "Enrollment rv = " + number(e.rv) + " (" + std::string(e.rv_name) +
                           ") with pkcs7 length = " + number(static_cast<std::int64_t>(e.pkcs7_length)));
    }
    void operator()(const event::CertificateWritten& e) {
        debug(e.phone, "Signed Cert written to " + e.directory + " location...");
        debug(e.phone, "Inside write_binary_file()");
        debug(e.phone, "Completed action in write_binary_file()");
        debug(e.phone, "Converting PKCS7 file to PEM format and PEM to DER");
    }
    void operator()(const event::EnrollmentSucceeded& e);
    void operator()(const event::EnrollmentFailed& e);
    void operator()(const event::RequestWaits& e) { debug(e.phone, e.what); }
    void operator()(const event::CertificateCollected& e) {
        debug(e.phone, "Certificate for an earlier CSR found, serial " + e.serial);
    }
    void operator()(const event::LscSigning& e) { debug(e.phone, "CA Mode is CAPF, signing the device certificate"); }
    void operator()(const event::LscSigned& e) { debug(e.phone, "Cert Signing successful, serial " + e.serial); }
    void operator()(const event::LscNotSigned& e) { debug(e.phone, "Cert Signing Failed: " + e.why); }
    void operator()(const event::CertificateReady& e);
    void operator()(const event::CertificateVerified& e) { debug("LSC is verified. removing CSR at " + e.csr_path); }
    void operator()(const event::CertificateUnusable& e) { debug(e.phone, "Certificate refused: " + e.why); }
    void operator()(const event::StoreSent& e) { debug(e.phone, "Sending STORE_CERT_REQ msg"); }
    void operator()(const event::OperationEnded& e);
    void operator()(const event::PublicKeyStored& e);
    void operator()(const event::RenewalArmed& e) {
        debug("Renewal of " + e.device + " is due, LSC ends " + local(e.lsc_ends) +
              ", Operation Should Finish By=" + e.finish_by);
    }
    void operator()(const event::RenewalFailed& e) {
        debug("Renewal of " + e.device + " failed " + number(e.failures) + " times, " + trace_name_of_status(e.status) +
              ":" + number(e.status) + ", next try " + local(e.next_try));
    }
    void operator()(const event::AlarmRaised& e) {
        debug("ALARM " + std::string(e.alarm) + ": " + e.device + ", " + e.detail);
    }
    void operator()(const event::AlarmCleared& e) { debug("ALARM cleared " + std::string(e.alarm) + ": " + e.device); }

private:
    static std::string prefix(std::uint32_t session, std::string_view device) {
        return number(session) + ':' + std::string(device) + ':';
    }
    static std::string local(WallTime time) { return format_local(time, "%Y-%m-%d %H:%M:%S"); }
    static std::string clip(const std::string& label) { return label.substr(0, kLabelLength); }

    void enter(const std::string& label) { line("-->", clip(label)); }
    void leave(const std::string& label) { line("<--", clip(label)); }
    void body(const std::string& label, const std::string& text) { line("   ", clip(label) + ' ' + text); }
    void line(std::string_view mark, const std::string& text) {
        lines_.push_back(stamp_ + std::string(mark) + printable(text));
    }
    void debug(const std::string& text) {
        enter("debug");
        body("debug", text);
        leave("debug");
    }
    void debug(const event::Phone& phone, const std::string& text) {
        debug(prefix(phone.session, phone.device) + text);
    }
    void state(const event::Phone& phone, std::string_view name, std::string_view in) {
        debug(phone, "CAPF CORE: Rcvd Event: " + std::string(name) + " in State: " + std::string(in));
    }

    std::string stamp_;
    std::vector<std::string> lines_;
};

void Renderer::operator()(const event::ServiceParametersRead& e) {
    const std::string init = "CServiceParameters::Init()", online = "CServiceParameters::OnlineCAInit()";
    if (e.issuer != CertificateIssuer::online) {  // the product's lines of these modes are not public
        body(init, std::string("Certificate Generation Method=") +
                       (e.issuer == CertificateIssuer::capf ? "CAPF" : "OfflineCA"));
        body(init, "Reading CAPF Service Parameters done");
        return;
    }
    const bool microsoft = e.online_ca_type == OnlineCaType::microsoft;
    body(init, "Certificate Generation Method=OnlineCA:4");
    if (microsoft) body(init, "TAM password already exists, no need to create.");
    enter(online);
    if (!microsoft) body(online, "Online CA Type is EST Supported CA");
    body(online, "Online CA hostname is " + e.ca_hostname);
    body(online, "Online CA Port : " + number(e.ca_port));
    if (microsoft) {
        body(online, "Online CA Template is " + e.ca_template);
        // Here the product hands its parameters to CES through files. Ours has its own configuration; the line stays
        // because people look for it.
        body(online, "nginx.conf Updated and Credential.txt file is created");
    } else {
        body(online, "Certificate Enrollment Profile Label is " + e.profile_label);
    }
    body(online, "Reading CAPF Service Parameters done");
    leave(online);
    body(init, "OnlineCA Initialized");
    if (microsoft) body(init, "Cisco RA Service Start Initiated. Please check NGINX logs for further details");
}

void Renderer::operator()(const event::EstClientReady& e) {
    debug("CA Type is Online CA, setting up EST Connection");
    debug("Inside setUpESTClient");
    debug("cacert read success. cacert length : " + number(static_cast<std::int64_t>(e.trust_length)));
    debug("EST context ectx initialized");
    debug("CA Credentials retrieved");
    debug("est_client_set_auth() Successful!!");
    debug("EST set server details success!!");
}

void Renderer::operator()(const event::DeviceSelected& e) {
    const auto& device = e.device;
    const std::string label = "Select(" + device.name + ")";
    const auto mode = [](AuthMode m) { return std::string(trace_name(m)) + ':' + number(static_cast<int>(m)); };
    enter(label);
    body(label, "device exists");
    body(label, "BEFORE DB query Authentication Mode=" + mode(e.mode_before));
    body(label, "KeySize=" + trace_key_size(device.rsa_bits));
    const bool ec = device.key_order != KeyOrder::rsa_only;
    body(label, "ECKeySize=" + (ec ? trace_ec_key_size(device.ec_bits) : trace_ec_key_size(0)));
    body(label,
         "KeyOrder=" + std::string(trace_name(device.key_order)) + ':' + number(static_cast<int>(device.key_order)));
    body(label,
         "Operation=" + std::string(trace_name(device.operation)) + ':' + number(static_cast<int>(device.operation)));
    body(label, "Operation Status =" + trace_name_of_status(device.status) + ':' + number(device.status));
    body(label, "Authentication Mode=" + mode(device.auth_mode));
    body(label, "Operation Should Finish By=" + device.finish_by);
}

void Renderer::operator()(const event::EnrollmentSucceeded& e) {
    debug(e.phone, "Return value from enrollCertUsingEST() : 0");
    debug(e.phone, "Online Cert Signing successful");
    enter("findAndPost");
    body("findAndPost", "Device found in the cache map " + e.phone.device);
    leave("findAndPost");
    debug("addded " + number(e.descriptor) + " to readset");
    debug("Recd event");
}

void Renderer::operator()(const event::EnrollmentFailed& e) {
    debug(e.phone, "est_client_enroll_csr() Failed! Could not obtain new certificate. Aborting.");
    debug(e.phone, "Return value from enrollCertUsingEST() : " + number(e.rv));
    debug(e.phone, "Online Cert Signing Failed");
    debug("addded " + number(e.descriptor) + " to readset");
    debug(e.phone, "Reason: " + e.detail);  // beyond the product: it never says why
}

void Renderer::operator()(const event::CertificateReady& e) {
    debug(e.phone, "CA CERT RES certificate ready .");
    state(e.phone, e.event, e.state);
    debug(e.phone, "CAPF got device certificate");
    debug("loadFile('" + e.der_path + "')");
    debug("loadFile() successfully loaded file: '" + e.der_path + "'");
    debug(e.phone, "Read certificate for device");
}

void Renderer::operator()(const event::CertificateFetched& e) {
    constexpr auto kTime = "%Y-%m-%d %H:%M:%S UTC";
    debug(e.phone, "Fetched the " + std::string(e.kind) + " of the phone, written to " + e.path);
    debug(e.phone, "Subject: " + e.subject);
    debug(e.phone, "Issuer: " + e.issuer);
    debug(e.phone, "Serial: " + e.serial);
    debug(e.phone, "Valid: " + format_utc(e.not_before, kTime) + " to " + format_utc(e.not_after, kTime));
    debug(e.phone, "Chain: " + e.verdict);
}

void Renderer::operator()(const event::OperationEnded& e) {
    const std::string code = number(static_cast<int>(e.result));
    const std::string outcome = std::string(trace_label(e.result)) + ':' + std::string(trace_name(e.result));
    const std::string label = "SetOperationStatus(" + outcome + "):" + code;
    const std::string map = "CAPFDevice::MapCapf_OpStatusToDBLTypeCertificateStatus(" +
                            std::string(trace_name(e.operation)) + ", " + outcome + ")";
    enter(label);
    body(label, "Operation status Value is '" + code + "'");
    enter(map);
    body(map, "=>DbStatus=" + trace_name_of_status(e.status));
    leave(map);
    body(label, "Operation status is set to " + number(static_cast<int>(e.operation_after)));
    body(label, "Operation status is set to " + outcome);
    body(label, "sql query - (UPDATE Device SET tkCertificateOperation=" + number(static_cast<int>(e.operation_after)) +
                    ", tkcertificatestatus='" + number(e.status) + "' WHERE my_lower(name)=my_lower('" + e.device +
                    "'))");
    leave(label);
}

void Renderer::operator()(const event::PublicKeyStored& e) {
    constexpr std::size_t kShown = 8;  // the product dumps the raw DER; a trace needs no more than its beginning
    debug(e.phone, "In capf_ui_set_ph_public_key()");
    const Bytes head(e.key.begin(), e.key.begin() + static_cast<std::ptrdiff_t>(std::min(kShown, e.key.size())));
    debug(e.phone, "pubKey: " + to_hex(head) + "...");
    debug(e.phone, "pubKey length: " + number(static_cast<std::int64_t>(e.key.size())));
}

}  // namespace

std::vector<std::string> render_trace(const event::Any& event, WallTime time) {
    Renderer renderer(time);
    std::visit(renderer, event);
    return renderer.take();
}

}  // namespace opencapf::capf
