// SPDX-License-Identifier: Apache-2.0
#include "spnego.hpp"

#include <algorithm>
#include <array>

namespace opencapf::ca_sim {
namespace {

constexpr std::uint8_t kInitialToken = 0x60;  // [APPLICATION 0] of RFC 2743 section 3.1
constexpr std::uint8_t kOid = 0x06;
constexpr std::uint8_t kOctets = 0x04;
constexpr std::uint8_t kEnumerated = 0x0a;
constexpr std::uint8_t kSequence = 0x30;
constexpr std::uint8_t context(unsigned number) { return static_cast<std::uint8_t>(0xa0 + number); }

constexpr std::size_t kMaxMechs = 16;
constexpr std::array<std::uint8_t, 6> kSpnego{0x2b, 6, 1, 5, 5, 2};                                     // 1.3.6.1.5.5.2
constexpr std::array<std::uint8_t, 10> kNtlm{0x2b, 6, 1, 4, 1, 0x82, 0x37, 2, 2, 10};                   // MS-SPNG 1.9
constexpr std::array<std::uint8_t, 9> kKerberos{0x2a, 0x86, 0x48, 0x86, 0xf7, 0x12, 1, 2, 2};           // RFC 4121
constexpr std::array<std::uint8_t, 9> kKerberosOfWindows{0x2a, 0x86, 0x48, 0x82, 0xf7, 0x12, 1, 2, 2};  // MS-SPNG 1.9

bool equals(ByteView a, ByteView b) { return std::equal(a.begin(), a.end(), b.begin(), b.end()); }

/// Takes one element after the other from DER bytes. Every length is checked against what is there.
class Elements {
public:
    explicit Elements(ByteView bytes) : rest_(bytes) {}

    [[nodiscard]] bool done() const { return rest_.empty(); }
    [[nodiscard]] bool next_is(std::uint8_t tag) const { return !rest_.empty() && rest_[0] == tag; }

    /// Content of the next element, which must have this tag.
    std::optional<ByteView> take(std::uint8_t tag) {
        if (!next_is(tag) || rest_.size() < 2) return std::nullopt;
        std::size_t head = 2;
        std::size_t length = rest_[1];
        if (length >= 0x80) {
            const std::size_t digits = length - 0x80;
            if (digits == 0 || digits > 3 || rest_.size() < head + digits) return std::nullopt;
            length = 0;
            for (std::size_t i = 0; i < digits; ++i) length = length << 8 | rest_[head + i];
            head += digits;
        }
        if (length > rest_.size() - head) return std::nullopt;
        const ByteView content = rest_.subspan(head, length);
        rest_ = rest_.subspan(head + length);
        return content;
    }
    /// The only element inside the next one: `[n] EXPLICIT`.
    std::optional<ByteView> take_explicit(std::uint8_t outer, std::uint8_t inner) {
        const auto content = take(outer);
        if (!content) return std::nullopt;
        Elements inside(*content);
        const auto value = inside.take(inner);
        return value && inside.done() ? value : std::nullopt;
    }

private:
    ByteView rest_;
};

tl::unexpected<Error> malformed(const char* where) {
    return fail(Errc::malformed, std::string("SPNEGO token is malformed: ") + where);
}

SpnegoMech mech_of(ByteView oid) {
    if (equals(oid, kNtlm)) return SpnegoMech::ntlm;
    return equals(oid, kKerberos) || equals(oid, kKerberosOfWindows) ? SpnegoMech::kerberos : SpnegoMech::other;
}

Bytes owned(ByteView bytes) { return {bytes.begin(), bytes.end()}; }

Result<SpnegoToken> parse_init(ByteView frame) {
    Elements framed(frame);
    const auto oid = framed.take(kOid);
    if (!oid || !equals(*oid, kSpnego)) return malformed("no SPNEGO");
    const auto sequence = framed.take_explicit(context(0), kSequence);
    if (!sequence || !framed.done()) return malformed("NegTokenInit");
    Elements fields(*sequence);
    const auto list = fields.take_explicit(context(0), kSequence);
    if (!list) return malformed("mechTypes");
    SpnegoInit init;
    for (Elements mechs(*list); !mechs.done();) {
        const auto mech = mechs.take(kOid);
        if (!mech || init.mechs.size() == kMaxMechs) return malformed("mechTypes");
        init.mechs.push_back(mech_of(*mech));
    }
    if (init.mechs.empty()) return malformed("empty mechTypes");
    if (fields.next_is(context(1)) && !fields.take(context(1))) return malformed("reqFlags");
    if (fields.next_is(context(2))) {
        const auto token = fields.take_explicit(context(2), kOctets);
        if (!token) return malformed("mechToken");
        init.mech_token = owned(*token);
    }
    if (fields.next_is(context(3)) && !fields.take(context(3))) return malformed("mechListMIC");
    if (!fields.done()) return malformed("more in NegTokenInit");
    return SpnegoToken(std::move(init));
}

Result<SpnegoToken> parse_response(ByteView content) {
    Elements outer(content);
    const auto sequence = outer.take(kSequence);
    if (!sequence || !outer.done()) return malformed("NegTokenResp");
    Elements fields(*sequence);
    SpnegoResponse response;
    if (fields.next_is(context(0)) && !fields.take_explicit(context(0), kEnumerated)) return malformed("negState");
    if (fields.next_is(context(1)) && !fields.take_explicit(context(1), kOid)) return malformed("supportedMech");
    if (fields.next_is(context(2))) {
        const auto token = fields.take_explicit(context(2), kOctets);
        if (!token) return malformed("responseToken");
        response.token = owned(*token);
    }
    if (fields.next_is(context(3)) && !fields.take(context(3))) return malformed("mechListMIC");
    if (!fields.done()) return malformed("more in NegTokenResp");
    return SpnegoToken(std::move(response));
}

Bytes element(std::uint8_t tag, ByteView content) {
    Bytes out{tag};
    const std::size_t size = content.size();
    if (size >= 0x80) {
        std::size_t digits = 1;
        while (size >> (8 * digits) != 0) ++digits;
        out.push_back(static_cast<std::uint8_t>(0x80 + digits));
        for (std::size_t i = digits; i-- > 0;) out.push_back(static_cast<std::uint8_t>(size >> (8 * i)));
    } else {
        out.push_back(static_cast<std::uint8_t>(size));
    }
    out.insert(out.end(), content.begin(), content.end());
    return out;
}

void append(Bytes& out, ByteView more) { out.insert(out.end(), more.begin(), more.end()); }

}  // namespace

Result<SpnegoToken> parse_spnego(ByteView token) {
    Elements outer(token);
    const bool first = outer.next_is(kInitialToken);
    const auto content = outer.take(first ? kInitialToken : context(1));
    if (!content || !outer.done()) return malformed("neither NegTokenInit nor NegTokenResp");
    return first ? parse_init(*content) : parse_response(*content);
}

bool is_bare_kerberos(ByteView token) {
    const auto content = Elements(token).take(kInitialToken);
    if (!content) return false;
    const auto oid = Elements(*content).take(kOid);
    return oid && mech_of(*oid) == SpnegoMech::kerberos;
}

Bytes build_spnego_answer(NegState state, bool chosen, ByteView token) {
    const std::array<std::uint8_t, 1> value{static_cast<std::uint8_t>(state)};
    Bytes fields = element(context(0), element(kEnumerated, value));
    if (chosen) append(fields, element(context(1), element(kOid, kNtlm)));
    if (!token.empty()) append(fields, element(context(2), element(kOctets, token)));
    return element(context(1), element(kSequence, fields));
}

}  // namespace opencapf::ca_sim
