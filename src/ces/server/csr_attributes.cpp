// SPDX-License-Identifier: Apache-2.0
#include "ces/server/csr_attributes.hpp"

#include "opencapf/x509/free_with.hpp"
#include "opencapf/x509/request_details.hpp"

#include <algorithm>
#include <openssl/asn1.h>
#include <openssl/objects.h>
#include <stdexcept>

namespace opencapf::ces {
namespace {

using x509::make_der;
using Object = std::unique_ptr<ASN1_OBJECT, x509::FreeWith<ASN1_OBJECT_free>>;

constexpr std::uint8_t kBoolean = 0x01, kInteger = 0x02, kOctetString = 0x04, kNull = 0x05, kUtf8String = 0x0c,
                       kSequence = 0x30, kSet = 0x31, kContext0 = 0xa0, kContext1 = 0xa1;
constexpr const char* kTemplateOid = "1.2.840.113549.1.9.16.2.61";           // RFC 9908
constexpr const char* kExtensionTemplateOid = "1.2.840.113549.1.9.16.2.62";  // RFC 9908
constexpr const char* kRsaOid = "1.2.840.113549.1.1.1";
constexpr const char* kEcOid = "1.2.840.10045.2.1";

Bytes join(std::initializer_list<Bytes> parts) {
    Bytes all;
    for (const auto& part : parts) all.insert(all.end(), part.begin(), part.end());
    return all;
}
void append(Bytes& target, const Bytes& more) { target.insert(target.end(), more.begin(), more.end()); }

Bytes oid(const std::string& text) {
    const Object object(OBJ_txt2obj(text.c_str(), 0));
    if (!object) throw std::runtime_error("no object identifier: " + text + ": " + x509::drain_errors());
    const auto* data = OBJ_get0_data(object.get());
    return make_der(0x06, ByteView(data, OBJ_length(object.get())));
}

Bytes attribute(const std::string& type, const Bytes& value) {
    return make_der(kSequence, join({oid(type), make_der(kSet, value)}));
}

Bytes decoded(const std::string& base64) {
    auto bytes = from_base64(base64);
    if (!bytes) throw std::runtime_error("no base64: " + base64);
    return std::move(*bytes);
}

std::string curve_oid(const std::string& key) {
    if (key == "P-256") return "1.2.840.10045.3.1.7";
    return key == "P-384" ? "1.3.132.0.34" : "1.3.132.0.35";
}

Bytes bits_integer(int bits) {
    return make_der(kInteger, Bytes{static_cast<std::uint8_t>(bits >> 8), static_cast<std::uint8_t>(bits & 0xff)});
}

Bytes key_attribute(const std::string& key) {
    const int bits = rsa_bits_of(key);
    return bits != 0 ? attribute(kRsaOid, bits_integer(bits)) : attribute(kEcOid, oid(curve_oid(key)));
}

/// AlgorithmIdentifier. The template has no place for the size of an RSA key that clients agree on.
Bytes key_algorithm(const std::string& key) {
    if (rsa_bits_of(key) != 0) return make_der(kSequence, join({oid(kRsaOid), make_der(kNull, {})}));
    return make_der(kSequence, join({oid(kEcOid), oid(curve_oid(key))}));
}

Bytes extension(const CsrExtensionConfig& wanted) {
    Bytes content = oid(wanted.oid);
    if (wanted.critical) append(content, make_der(kBoolean, Bytes{0xff}));
    append(content, make_der(kOctetString, decoded(wanted.value)));
    return make_der(kSequence, content);
}

Bytes extension_list(const CsrAttributesConfig& config) {
    Bytes list;
    for (const auto& wanted : config.extensions) append(list, extension(wanted));
    return list;
}

Bytes subject_template(const std::vector<std::string>& parts) {
    Bytes names;
    for (const auto& part : parts) {
        const auto equals = part.find('=');
        Bytes single = oid(part.substr(0, equals));
        if (equals != std::string::npos) append(single, make_der(kUtf8String, as_bytes(part).subspan(equals + 1)));
        append(names, make_der(kSet, make_der(kSequence, single)));
    }
    return make_der(kSequence, names);
}

Bytes request_template(const CsrAttributesConfig& config) {
    Bytes content = make_der(kInteger, Bytes{0});
    if (!config.template_subject.empty()) append(content, subject_template(config.template_subject));
    if (!config.key.empty()) append(content, make_der(kContext0, key_algorithm(config.key)));
    Bytes extensions = extension_list(config);
    Bytes attributes;
    if (!config.template_extension_ids.empty()) {
        for (const auto& id : config.template_extension_ids) append(extensions, make_der(kSequence, oid(id)));
        attributes = attribute(kExtensionTemplateOid, make_der(kSequence, extensions));
    } else if (!extensions.empty()) {
        attributes = attribute(x509::kExtensionRequestOid, make_der(kSequence, extensions));
    }
    append(content, make_der(kContext1, attributes));
    return attribute(kTemplateOid, make_der(kSequence, content));
}

Result<void> lacking(const std::string& what) {
    return fail(Errc::malformed, "The request lacks what /csrattrs lists: " + what + ".");
}

bool has_key(const x509::CertificateRequest& request, const std::string& key) {
    const auto offered = request.public_key();
    const int bits = rsa_bits_of(key);
    if (bits != 0) return offered.type() == x509::KeyType::rsa && offered.bits() >= bits;
    return offered.curve() == key;
}

}  // namespace

CsrAttributes::CsrAttributes(CsrAttributesConfig config, bool pop) : config_(std::move(config)) {
    auto& oids = config_.oids;
    if (pop && std::find(oids.begin(), oids.end(), x509::kChallengePasswordOid) == oids.end())
        oids.emplace_back(x509::kChallengePasswordOid);
    Bytes content;
    for (const auto& id : oids) append(content, oid(id));
    if (!config_.key.empty()) append(content, key_attribute(config_.key));
    for (const auto& [id, value] : config_.attributes) append(content, attribute(id, decoded(value)));
    if (!config_.extensions.empty())
        append(content, attribute(x509::kExtensionRequestOid, make_der(kSequence, extension_list(config_))));
    if (!config_.template_subject.empty() || !config_.template_extension_ids.empty())
        append(content, request_template(config_));
    if (!content.empty()) der_ = make_der(kSequence, content);
}

Result<void> CsrAttributes::check(const x509::CertificateRequest& request) const {
    if (!config_.enforce) return {};
    const auto extensions = x509::requested_extensions(request);
    if (!extensions) return fail(extensions.error());
    std::vector<std::string> present{x509::key_algorithm(request), x509::signature_algorithm(request)};
    for (const auto& found : x509::request_attributes(request)) present.push_back(found.oid);
    for (const auto& found : *extensions) present.push_back(found.oid);
    const auto lacks = [&present](const std::string& id) {
        return std::find(present.begin(), present.end(), id) == present.end();
    };
    for (const auto& id : config_.oids)
        if (lacks(id)) return lacking(id);
    for (const auto& [id, value] : config_.attributes)
        if (lacks(id)) return lacking(id);
    for (const auto& id : config_.template_extension_ids)
        if (lacks(id)) return lacking(id);
    for (const auto& wanted : config_.extensions) {
        const Bytes value = decoded(wanted.value);
        const auto same = [&](const x509::Extension& found) { return found.oid == wanted.oid && found.value == value; };
        if (std::none_of(extensions->begin(), extensions->end(), same)) return lacking("extension " + wanted.oid);
    }
    if (!config_.key.empty() && !has_key(request, config_.key)) return lacking("a key of " + config_.key);
    return {};
}

}  // namespace opencapf::ces
