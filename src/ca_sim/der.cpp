// SPDX-License-Identifier: Apache-2.0
#include "ca_sim/der.hpp"

#include "opencapf/x509/handle.hpp"

#include <array>
#include <memory>
#include <openssl/asn1.h>
#include <openssl/objects.h>
#include <stdexcept>

namespace opencapf::ca_sim::der {
namespace {

struct ObjectFree {
    void operator()(ASN1_OBJECT* object) const noexcept { ASN1_OBJECT_free(object); }
};
using Object = std::unique_ptr<ASN1_OBJECT, ObjectFree>;

void append_utf8(std::string& out, unsigned unit) {
    if (unit < 0x80) {
        out += static_cast<char>(unit);
    } else if (unit < 0x800) {
        out += static_cast<char>(0xc0U | (unit >> 6U));
        out += static_cast<char>(0x80U | (unit & 0x3fU));
    } else {
        out += static_cast<char>(0xe0U | (unit >> 12U));
        out += static_cast<char>(0x80U | ((unit >> 6U) & 0x3fU));
        out += static_cast<char>(0x80U | (unit & 0x3fU));
    }
}

}  // namespace

Bytes element(std::uint8_t tag, ByteView content) {
    Bytes out{tag};
    if (content.size() < 0x80) {
        out.push_back(static_cast<std::uint8_t>(content.size()));
    } else {
        Bytes length;
        for (std::size_t rest = content.size(); rest > 0; rest >>= 8U) {
            length.insert(length.begin(), static_cast<std::uint8_t>(rest & 0xffU));
        }
        out.push_back(static_cast<std::uint8_t>(0x80U | length.size()));
        out.insert(out.end(), length.begin(), length.end());
    }
    out.insert(out.end(), content.begin(), content.end());
    return out;
}

Bytes constructed(std::uint8_t tag, std::initializer_list<Bytes> children) {
    Bytes content;
    for (const Bytes& child : children) content.insert(content.end(), child.begin(), child.end());
    return element(tag, content);
}

Bytes unsigned_integer(std::uint64_t value) {
    Bytes content;
    do {
        content.insert(content.begin(), static_cast<std::uint8_t>(value & 0xffU));
        value >>= 8U;
    } while (value > 0);
    if ((content.front() & 0x80U) != 0) content.insert(content.begin(), 0);
    return element(kInteger, content);
}

Bytes oid(const std::string& dotted) {
    const Object object(OBJ_txt2obj(dotted.c_str(), 1));
    if (!object) {
        x509::drain_errors();
        throw std::invalid_argument("no object identifier: " + dotted);
    }
    const auto* content = OBJ_get0_data(object.get());
    return element(kOid, ByteView(content, OBJ_length(object.get())));
}

Bytes bmp_string(std::string_view utf8) {
    Bytes content;
    while (!utf8.empty()) {
        unsigned long code = 0;
        const int used =
            UTF8_getc(reinterpret_cast<const unsigned char*>(utf8.data()), static_cast<int>(utf8.size()), &code);
        if (used <= 0 || code > 0xffff) code = 0xfffd;
        utf8.remove_prefix(used > 0 ? static_cast<std::size_t>(used) : 1);
        content.push_back(static_cast<std::uint8_t>(code >> 8U));
        content.push_back(static_cast<std::uint8_t>(code & 0xffU));
    }
    return element(kBmpString, content);
}

Bytes uri(std::string_view text) { return element(0x86, as_bytes(text)); }

std::string oid_text(const ASN1_OBJECT* object) {
    std::array<char, 160> text{};
    const int length = OBJ_obj2txt(text.data(), static_cast<int>(text.size()), object, 1);
    if (length <= 0 || static_cast<std::size_t>(length) >= text.size()) return {};
    return std::string(text.data(), static_cast<std::size_t>(length));
}

/// Content of the next element, or with `whole` its header too.
std::optional<ByteView> Cursor::take(std::uint8_t tag, bool whole) {
    if (rest_.size() < 2 || rest_[0] != tag) return std::nullopt;
    std::size_t header = 2;
    std::size_t length = rest_[1];
    if (length >= 0x80) {
        const std::size_t count = length & 0x7fU;
        if (count == 0 || count > 3 || rest_.size() < 2 + count) return std::nullopt;
        length = 0;
        for (std::size_t i = 0; i < count; ++i) length = (length << 8U) | rest_[2 + i];
        header += count;
    }
    if (rest_.size() - header < length) return std::nullopt;
    const ByteView found = whole ? rest_.first(header + length) : rest_.subspan(header, length);
    rest_ = rest_.subspan(header + length);
    return found;
}

std::optional<Cursor> Cursor::enter(std::uint8_t tag) {
    const auto content = take(tag, false);
    if (!content) return std::nullopt;
    return Cursor(*content);
}

std::optional<std::string> Cursor::bmp_string() {
    const auto content = take(kBmpString, false);
    if (!content || content->size() % 2 != 0) return std::nullopt;
    std::string text;
    for (std::size_t i = 0; i < content->size(); i += 2) {
        append_utf8(text, static_cast<unsigned>((*content)[i]) << 8U | (*content)[i + 1]);
    }
    return text;
}

std::optional<std::string> Cursor::oid() {
    const auto encoded = take(kOid, true);
    if (!encoded) return std::nullopt;
    const unsigned char* at = encoded->data();
    const Object object(d2i_ASN1_OBJECT(nullptr, &at, static_cast<long>(encoded->size())));
    if (!object) {
        x509::drain_errors();
        return std::nullopt;
    }
    return oid_text(object.get());
}

}  // namespace opencapf::ca_sim::der
