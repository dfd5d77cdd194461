// SPDX-License-Identifier: Apache-2.0
#include "opencapf/est/csrattrs.hpp"

#include "opencapf/x509/handle.hpp"

#include <algorithm>
#include <array>
#include <openssl/asn1.h>
#include <openssl/objects.h>
#include <optional>

namespace opencapf::est {
namespace {

constexpr std::size_t kMostItems = 100;

struct Element {
    int tag = 0;
    ByteView whole;
    ByteView content;
};

/// Takes the first DER element off `rest`; nothing when it is broken or of indefinite length.
std::optional<Element> take(ByteView& rest) {
    const unsigned char* at = rest.data();
    long length = 0;
    int tag = 0;
    int object_class = 0;
    const int form = ASN1_get_object(&at, &length, &tag, &object_class, static_cast<long>(rest.size()));
    const bool indefinite = (form & 0x01) != 0;
    if ((form & 0x80) != 0 || indefinite || object_class != V_ASN1_UNIVERSAL) {
        x509::drain_errors();
        return std::nullopt;
    }
    const auto head = static_cast<std::size_t>(at - rest.data());
    const auto size = static_cast<std::size_t>(length);
    const Element element{tag, rest.first(head + size), rest.subspan(head, size)};
    rest = rest.subspan(head + size);
    return element;
}

std::optional<std::string> read_oid(const Element& element) {
    if (element.tag != V_ASN1_OBJECT) return std::nullopt;
    const unsigned char* at = element.whole.data();
    ASN1_OBJECT* object = d2i_ASN1_OBJECT(nullptr, &at, static_cast<long>(element.whole.size()));
    std::array<char, 256> text{};
    const int length = object == nullptr ? 0 : OBJ_obj2txt(text.data(), text.size(), object, 1);
    ASN1_OBJECT_free(object);
    x509::drain_errors();
    if (length <= 0 || static_cast<std::size_t>(length) >= text.size()) return std::nullopt;
    return std::string(text.data());
}

/// AttrOrOID: an OBJECT IDENTIFIER, or SEQUENCE { type, SET OF value }.
Result<CsrAttribute> read_item(const Element& element) {
    const auto malformed = [] { return fail(Errc::malformed, "csrattrs holds what is neither OID nor attribute"); };
    if (auto oid = read_oid(element)) return CsrAttribute{std::move(*oid), {}};
    if (element.tag != V_ASN1_SEQUENCE) return malformed();
    ByteView rest = element.content;
    const auto type = take(rest);
    const auto set = type ? take(rest) : std::nullopt;
    auto oid = type ? read_oid(*type) : std::nullopt;
    if (!oid || !set || set->tag != V_ASN1_SET || !rest.empty()) return malformed();
    CsrAttribute attribute{std::move(*oid), {}};
    for (ByteView values = set->content; !values.empty();) {
        const auto value = take(values);
        if (!value) return malformed();
        if (attribute.values.size() == kMostItems) return fail(Errc::too_large, "too many values in csrattrs");
        attribute.values.emplace_back(value->whole.begin(), value->whole.end());
    }
    return attribute;
}

}  // namespace

const CsrAttribute* CsrAttributes::find(std::string_view oid) const noexcept {
    const auto found = std::find_if(items.begin(), items.end(), [oid](const auto& item) { return item.oid == oid; });
    return found == items.end() ? nullptr : &*found;
}

Result<CsrAttributes> read_csrattrs(ByteView der) {
    ByteView rest = der;
    const auto outer = take(rest);
    if (!outer || outer->tag != V_ASN1_SEQUENCE || !rest.empty())
        return fail(Errc::malformed, "csrattrs is no DER SEQUENCE");
    CsrAttributes attributes;
    for (ByteView content = outer->content; !content.empty();) {
        const auto element = take(content);
        if (!element) return fail(Errc::malformed, "csrattrs is broken DER");
        if (attributes.items.size() == kMostItems) return fail(Errc::too_large, "too many items in csrattrs");
        auto item = read_item(*element);
        if (!item) return fail(item.error());
        attributes.items.push_back(std::move(*item));
    }
    if (const auto* only = attributes.find(kOidRequestTemplate)) {
        CsrAttribute copy = *only;
        attributes.items.clear();
        attributes.items.push_back(std::move(copy));
    }
    return attributes;
}

}  // namespace opencapf::est
