// SPDX-License-Identifier: Apache-2.0
#include "itl_tags.hpp"
#include "opencapf/capf_protocol/itl.hpp"

#include <algorithm>
#include <map>
#include <optional>

namespace opencapf::capf_protocol {
namespace {

constexpr std::size_t kElementHead = 3;
constexpr std::size_t kLengthElement = 5;  // an element whose value has two bytes

struct Element {
    std::uint8_t tag = 0;
    ByteView value;
};

/// Takes the first element off `rest`.
std::optional<Element> take(ByteView& rest) {
    if (rest.size() < kElementHead) return std::nullopt;
    const std::size_t length = static_cast<std::size_t>(rest[1]) << 8U | rest[2];
    if (rest.size() - kElementHead < length) return std::nullopt;
    const Element element{rest[0], rest.subspan(kElementHead, length)};
    rest = rest.subspan(kElementHead + length);
    return element;
}

using Elements = std::map<std::uint8_t, ByteView>;

/// All elements of `bytes`, each tag at most once.
Result<Elements> read_elements(ByteView bytes) {
    Elements elements;
    while (!bytes.empty()) {
        const auto element = take(bytes);
        if (!element) return fail(Errc::malformed, "the trust list ends within an element");
        if (!elements.emplace(element->tag, element->value).second)
            return fail(Errc::malformed, "the trust list has tag " + std::to_string(element->tag) + " twice");
    }
    return elements;
}

template <class Tag>
std::optional<ByteView> find(const Elements& elements, Tag tag) {
    const auto found = elements.find(static_cast<std::uint8_t>(tag));
    if (found == elements.end()) return std::nullopt;
    return found->second;
}

/// The number in an element of exactly `size` bytes.
template <class Tag>
std::optional<std::uint64_t> number(const Elements& elements, Tag tag, std::size_t size) {
    const auto value = find(elements, tag);
    if (!value || value->size() != size) return std::nullopt;
    std::uint64_t result = 0;
    for (const auto byte : *value) result = result << 8U | byte;
    return result;
}

template <class Tag>
std::string text(const Elements& elements, Tag tag) {
    const auto value = find(elements, tag);
    return value ? std::string(as_text(*value)) : std::string();
}

template <class Tag>
bool is(const Elements& elements, Tag tag, ByteView expected) {
    const auto value = find(elements, tag);
    return !value || std::equal(value->begin(), value->end(), expected.begin(), expected.end());
}

/// The header or record in front of `rest`, whose length its element `tag` at `offset` tells; takes it off.
template <class Tag>
std::optional<ByteView> take_block(ByteView& rest, Tag tag, std::size_t offset) {
    if (rest.size() < offset + kLengthElement) return std::nullopt;
    ByteView at = rest.subspan(offset);
    const auto element = take(at);
    if (!element || element->tag != static_cast<std::uint8_t>(tag) || element->value.size() != 2) return std::nullopt;
    const std::size_t length = static_cast<std::size_t>(element->value[0]) << 8U | element->value[1];
    if (length < offset + kLengthElement || length > rest.size()) return std::nullopt;
    const ByteView block = rest.first(length);
    rest = rest.subspan(length);
    return block;
}

Result<ItlRecord> read_record(ByteView block) {
    const auto elements = read_elements(block);
    if (!elements) return fail(elements.error());
    const auto function = number(*elements, RecordTag::function, 2);
    const auto der = find(*elements, RecordTag::certificate);
    if (!function || !der) return fail(Errc::malformed, "a record of the trust list has no function or no certificate");
    auto certificate = x509::Certificate::from_der(*der);
    if (!certificate) return fail(certificate.error().with("a record of the trust list"));
    const auto key = certificate->usable_public_key();
    if (!key) return fail(key.error().with("a record of the trust list"));
    const bool same = is(*elements, RecordTag::subject_name, as_bytes(certificate->subject_rfc2253())) &&
                      is(*elements, RecordTag::issuer_name, as_bytes(certificate->issuer_rfc2253())) &&
                      is(*elements, RecordTag::serial_number, serial_of(*certificate)) &&
                      is(*elements, RecordTag::public_key, key->spki_der());
    if (!same) return fail(Errc::malformed, "a record of the trust list does not describe its certificate");
    return ItlRecord{static_cast<ItlFunction>(*function), *std::move(certificate), text(*elements, RecordTag::dns_name),
                     text(*elements, RecordTag::ip_address)};
}

Result<void> read_header(Itl& itl, const Elements& header) {
    const auto version = number(header, HeaderTag::version, 2);
    const auto digest = number(header, HeaderTag::digest_algorithm, 1);
    const auto made_at = number(header, HeaderTag::timestamp, 4);
    const auto serial = find(header, HeaderTag::serial_number);
    const auto signature = find(header, HeaderTag::signature);
    if (!version || *version >> 8U != 1 || !digest || !made_at || !serial || !signature ||
        !find(header, HeaderTag::signer_name) || !find(header, HeaderTag::ca_name))
        return fail(Errc::malformed, "the trust list's header lacks an element, or is of another version");
    if (*digest != kDigestSha256 && *digest != kDigestSha512)
        return fail(Errc::malformed, "the trust list is signed with a digest that is not accepted");
    itl.digest = *digest == kDigestSha256 ? x509::Digest::sha256 : x509::Digest::sha512;
    itl.signer_name = text(header, HeaderTag::signer_name);
    itl.signer_issuer = text(header, HeaderTag::ca_name);
    itl.signer_serial.assign(serial->begin(), serial->end());
    itl.signature.assign(signature->begin(), signature->end());
    itl.content.file_name = text(header, HeaderTag::file_name);
    itl.content.made_at = std::chrono::system_clock::from_time_t(static_cast<std::time_t>(*made_at));
    return {};
}

}  // namespace

Result<Itl> read_itl(ByteView file) {
    if (file.size() > kMaxItlBytes) return fail(Errc::too_large, "the trust list is too long");
    ByteView rest = file;
    const auto block = take_block(rest, HeaderTag::header_length, kLengthElement);
    if (!block) return fail(Errc::malformed, "this is no trust list");
    const auto header = read_elements(*block);
    if (!header) return fail(header.error());
    Itl itl;
    if (const auto read = read_header(itl, *header); !read) return fail(read.error());
    while (!rest.empty()) {
        if (itl.content.records.size() == kMaxItlRecords)
            return fail(Errc::too_large, "the trust list has too many records");
        const auto bytes = take_block(rest, RecordTag::record_length, 0);
        if (!bytes) return fail(Errc::malformed, "the trust list ends within a record");
        auto record = read_record(*bytes);
        if (!record) return fail(record.error());
        itl.content.records.push_back(std::move(*record));
    }
    itl.signed_bytes.assign(file.begin(), file.end());
    const ByteView signature = *find(*header, HeaderTag::signature);
    const auto at = itl.signed_bytes.begin() + (signature.data() - file.data());
    std::fill_n(at, signature.size(), std::uint8_t{0});
    return itl;
}

}  // namespace opencapf::capf_protocol
