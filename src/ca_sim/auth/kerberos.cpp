// SPDX-License-Identifier: Apache-2.0
#include "kerberos.hpp"

#include <array>
#include <gssapi/gssapi.h>
#include <gssapi/gssapi_ext.h>
#include <krb5.h>
#include <optional>

namespace opencapf::ca_sim {
namespace {

/// A buffer the library filled.
struct GssBuffer : gss_buffer_desc {
    GssBuffer() : gss_buffer_desc{0, nullptr} {}
    ~GssBuffer() {
        OM_uint32 minor = 0;
        gss_release_buffer(&minor, this);
    }
    GssBuffer(const GssBuffer&) = delete;
    GssBuffer& operator=(const GssBuffer&) = delete;
    [[nodiscard]] std::string_view text() const { return {static_cast<const char*>(value), length}; }
};

struct GssName {
    gss_name_t value = GSS_C_NO_NAME;
    GssName() = default;
    ~GssName() {
        OM_uint32 minor = 0;
        gss_release_name(&minor, &value);
    }
    GssName(const GssName&) = delete;
    GssName& operator=(const GssName&) = delete;
};

// The library takes pointers to mutable bytes and only reads them.
gss_buffer_desc buffer_of(ByteView bytes) { return {bytes.size(), const_cast<std::uint8_t*>(bytes.data())}; }

void add_status(std::string& text, OM_uint32 code, int type) {
    OM_uint32 more = 0;
    do {
        OM_uint32 minor = 0;
        GssBuffer line;
        if (GSS_ERROR(gss_display_status(&minor, code, type, GSS_C_NO_OID, &more, &line))) return;
        if (!text.empty()) text += ": ";
        text += line.text();
    } while (more != 0);
}

std::string describe(OM_uint32 major, OM_uint32 minor) {
    std::string text;
    add_status(text, major, GSS_C_GSS_CODE);
    if (minor != 0) add_status(text, minor, GSS_C_MECH_CODE);
    return text;
}

/// A Kerberos library context with a keytab, for looking into the file.
struct Keytab {
    krb5_context context = nullptr;
    krb5_keytab keytab = nullptr;

    Keytab() = default;
    ~Keytab() {
        if (keytab != nullptr) krb5_kt_close(context, keytab);
        if (context != nullptr) krb5_free_context(context);
    }
    Keytab(const Keytab&) = delete;
    Keytab& operator=(const Keytab&) = delete;

    [[nodiscard]] std::string error_text(krb5_error_code code) const {
        const char* message = krb5_get_error_message(context, code);
        std::string text = message;
        krb5_free_error_message(context, message);
        return text;
    }
};

bool is_service(const krb5_keytab_entry& entry, const std::string& service) {
    const auto* principal = entry.principal;
    if (principal->length < 1) return false;
    return service.empty() || std::string_view(principal->data[0].data, principal->data[0].length) == service;
}

/// Is there a key for `service`?
Result<void> look_for_key(const std::string& path, const std::string& service) {
    Keytab file;
    if (const auto code = krb5_init_context(&file.context); code != 0) {
        // There is no context to ask for a text.
        return fail(Errc::io, "Kerberos' configuration cannot be read (error " + std::to_string(code) + ")");
    }
    const std::string where = "keytab " + path + ": ";
    krb5_kt_cursor cursor = nullptr;
    auto code = krb5_kt_resolve(file.context, ("FILE:" + path).c_str(), &file.keytab);
    if (code == 0) code = krb5_kt_start_seq_get(file.context, file.keytab, &cursor);
    if (code != 0) return fail(Errc::io, where + file.error_text(code));
    bool found = false;
    krb5_keytab_entry entry{};
    while ((code = krb5_kt_next_entry(file.context, file.keytab, &entry, &cursor)) == 0) {
        found = found || is_service(entry, service);
        krb5_free_keytab_entry_contents(file.context, &entry);
    }
    krb5_kt_end_seq_get(file.context, file.keytab, &cursor);
    if (code != KRB5_KT_END) return fail(Errc::io, where + file.error_text(code));
    if (found) return {};
    return fail(Errc::not_found,
                where + (service.empty() ? "no key in it" : "no key of a principal " + service + "/*"));
}

/// Does the code say that the time is wrong? The library numbers Kerberos' own codes as they are.
bool is_time_code(OM_uint32 minor) {
    constexpr std::array kCodes{KRB5KRB_AP_ERR_SKEW, KRB5KRB_AP_ERR_TKT_EXPIRED, KRB5KRB_AP_ERR_TKT_NYV};
    for (const long code : kCodes) {
        if (static_cast<OM_uint32>(code) == minor) return true;
    }
    return false;
}

}  // namespace

struct KerberosService::Impl {
    gss_cred_id_t credential = GSS_C_NO_CREDENTIAL;

    Impl() = default;
    ~Impl() {
        OM_uint32 minor = 0;
        gss_release_cred(&minor, &credential);
    }
    Impl(const Impl&) = delete;
    Impl& operator=(const Impl&) = delete;
};

KerberosService::KerberosService(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
KerberosService::~KerberosService() = default;

Result<std::shared_ptr<const KerberosService>> KerberosService::open(const std::string& keytab,
                                                                     const std::string& service) {
    if (auto found = look_for_key(keytab, service); !found) return fail(found.error());
    OM_uint32 minor = 0;
    GssName name;
    if (!service.empty()) {
        gss_buffer_desc text = buffer_of(as_bytes(service));
        const OM_uint32 major = gss_import_name(&minor, &text, GSS_C_NT_HOSTBASED_SERVICE, &name.value);
        if (GSS_ERROR(major)) return fail(Errc::io, "Kerberos service " + service + ": " + describe(major, minor));
    }
    // No replay cache: it is a file that every log-in would wait for. The token travels inside TLS.
    const std::string location = "FILE:" + keytab;
    std::array<gss_key_value_element_desc, 2> elements{{{"keytab", location.c_str()}, {"rcache", "none:"}}};
    const gss_key_value_set_desc store{elements.size(), elements.data()};
    auto impl = std::make_unique<Impl>();
    const OM_uint32 major = gss_acquire_cred_from(&minor, name.value, GSS_C_INDEFINITE, GSS_C_NO_OID_SET, GSS_C_ACCEPT,
                                                  &store, &impl->credential, nullptr, nullptr);
    if (GSS_ERROR(major)) return fail(Errc::io, "keytab " + keytab + ": " + describe(major, minor));
    return std::shared_ptr<const KerberosService>(new KerberosService(std::move(impl)));
}

struct KerberosContext {
    gss_ctx_id_t id = GSS_C_NO_CONTEXT;

    KerberosContext() = default;
    ~KerberosContext() {
        OM_uint32 minor = 0;
        gss_delete_sec_context(&minor, &id, GSS_C_NO_BUFFER);
    }
    KerberosContext(const KerberosContext&) = delete;
    KerberosContext& operator=(const KerberosContext&) = delete;
};

KerberosStep::KerberosStep(std::shared_ptr<const KerberosService> service, std::shared_ptr<KerberosContext> context,
                           Bytes token, ChannelBinding binding)
    : service_(std::move(service)),
      context_(std::move(context)),
      token_(std::move(token)),
      binding_(std::move(binding)) {}

void KerberosStep::run() {
    gss_buffer_desc input = buffer_of(token_);
    const Bytes data = binding_.application_data();
    gss_channel_bindings_struct bindings{};
    bindings.application_data = buffer_of(data);
    auto* const expected = binding_.policy == ExtendedProtection::off ? GSS_C_NO_CHANNEL_BINDINGS : &bindings;
    OM_uint32 minor = 0;
    OM_uint32 flags = 0;
    GssName client;
    GssBuffer output;
    const OM_uint32 major = gss_accept_sec_context(&minor, &context_->id, service_->impl_->credential, &input, expected,
                                                   &client.value, nullptr, &output, &flags, nullptr, nullptr);
    const auto answer = as_bytes(output.text());
    answer_.assign(answer.begin(), answer.end());
    judge(major, minor, flags);
    if (outcome_ != Outcome::accepted) return;
    GssBuffer shown;
    const OM_uint32 named = gss_display_name(&minor, client.value, &shown, nullptr);
    if (GSS_ERROR(named)) {
        outcome_ = Outcome::refused;
        detail_ = "Kerberos: the client has no name: " + describe(named, minor);
        return;
    }
    principal_ = shown.text();
}

void KerberosStep::judge(std::uint32_t major, std::uint32_t minor, std::uint32_t flags) {
    if (GSS_ERROR(major)) {
        outcome_ = is_time_code(minor) ? Outcome::wrong_time : Outcome::refused;
        detail_ = "Kerberos: " + describe(major, minor);
    } else if ((major & GSS_S_CONTINUE_NEEDED) != 0) {
        outcome_ = Outcome::continues;
    } else if (binding_.policy == ExtendedProtection::require && (flags & GSS_C_CHANNEL_BOUND_FLAG) == 0) {
        // The library refuses a wrong binding and passes none.
        detail_ = "Kerberos: the log-in is not bound to the TLS connection, as extended protection requires";
    } else {
        outcome_ = Outcome::accepted;
    }
}

KerberosAcceptor::KerberosAcceptor(std::shared_ptr<const KerberosService> service, ChannelBinding binding)
    : service_(std::move(service)), binding_(std::move(binding)) {}

std::shared_ptr<KerberosStep> KerberosAcceptor::step(Bytes token, bool fresh) {
    if (fresh || !context_) context_ = std::make_shared<KerberosContext>();
    return std::make_shared<KerberosStep>(service_, context_, std::move(token), binding_);
}

void KerberosAcceptor::finished(const KerberosStep& step) {
    if (step.outcome() != KerberosStep::Outcome::continues) context_.reset();
}

}  // namespace opencapf::ca_sim
