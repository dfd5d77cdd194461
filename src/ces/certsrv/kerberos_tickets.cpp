// SPDX-License-Identifier: Apache-2.0
#include "ces/certsrv/kerberos_tickets.hpp"

#include <cstdlib>
#include <gssapi/gssapi.h>
#include <stdexcept>

namespace opencapf::ces {
namespace {

std::string status_text(OM_uint32 code, int type) {
    std::string text;
    OM_uint32 more = 0;
    do {
        OM_uint32 minor = 0;
        gss_buffer_desc line = GSS_C_EMPTY_BUFFER;
        if (GSS_ERROR(gss_display_status(&minor, code, type, GSS_C_NO_OID, &more, &line))) break;
        if (!text.empty()) text += ": ";
        text.append(static_cast<const char*>(line.value), line.length);
        gss_release_buffer(&minor, &line);
    } while (more != 0);
    return text;
}

/// The first leg of a context makes the library fetch what it lacks; the leg itself is thrown away.
Result<void> fetch(const std::string& host) {
    std::string spn = "HTTP@" + host;
    gss_buffer_desc text{spn.size(), spn.data()};
    OM_uint32 minor = 0;
    gss_name_t name = GSS_C_NO_NAME;
    OM_uint32 major = gss_import_name(&minor, &text, GSS_C_NT_HOSTBASED_SERVICE, &name);
    if (!GSS_ERROR(major)) {
        gss_ctx_id_t context = GSS_C_NO_CONTEXT;
        gss_buffer_desc token = GSS_C_EMPTY_BUFFER;
        major = gss_init_sec_context(&minor, GSS_C_NO_CREDENTIAL, &context, name, GSS_C_NO_OID, 0, 0,
                                     GSS_C_NO_CHANNEL_BINDINGS, GSS_C_NO_BUFFER, nullptr, &token, nullptr, nullptr);
        OM_uint32 ignored = 0;
        gss_release_buffer(&ignored, &token);
        gss_delete_sec_context(&ignored, &context, GSS_C_NO_BUFFER);
        gss_release_name(&ignored, &name);
    }
    if (!GSS_ERROR(major)) return {};
    return fail(Errc::unavailable, "no Kerberos ticket for HTTP/" + host + ": " + status_text(major, GSS_C_GSS_CODE) +
                                       ": " + status_text(minor, GSS_C_MECH_CODE));
}

}  // namespace

void use_kerberos(const std::string& client_keytab, const std::string& ccache) {
    const auto put = [](const char* name, const std::string& value) {
        if (!value.empty() && ::setenv(name, value.c_str(), 1) != 0)
            throw std::runtime_error(std::string("cannot set the environment variable ") + name);
    };
    put("KRB5_CLIENT_KTNAME", client_keytab);
    put("KRB5CCNAME", ccache);
}

Task<Result<void>> get_ticket(net::WorkPool& pool, std::string host) {
    Result<void> result;
    std::function<void()> job = [&] { result = fetch(host); };
    co_await pool.run(std::move(job));
    co_return result;
}

}  // namespace opencapf::ces
