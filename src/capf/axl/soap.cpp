// SPDX-License-Identifier: Apache-2.0
#include "capf/axl/soap.hpp"

#include "opencapf/base/text.hpp"

#include <algorithm>
#include <sstream>

namespace opencapf::capf::axl {
namespace {

constexpr std::string_view kEnvelope = "http://schemas.xmlsoap.org/soap/envelope/";
constexpr std::string_view kAxl = "http://www.cisco.com/AXL/API/";

// The URI that `node`'s prefix stands for: the nearest declaration counts.
std::string namespace_of(pugi::xml_node node) {
    const std::string_view name = node.name();
    const auto colon = name.find(':');
    const std::string attribute =
        colon == std::string_view::npos ? "xmlns" : "xmlns:" + std::string(name.substr(0, colon));
    for (; node; node = node.parent())
        if (const auto declared = node.attribute(attribute.c_str())) return declared.value();
    return {};
}

bool is_version(std::string_view text) {
    return !text.empty() && text.size() <= 6 &&
           std::ranges::all_of(text, [](char c) { return (c >= '0' && c <= '9') || c == '.'; });
}

pugi::xml_node open_body(pugi::xml_document& document) {
    auto envelope = document.append_child("soapenv:Envelope");
    envelope.append_attribute("xmlns:soapenv") = std::string(kEnvelope).c_str();
    return envelope.append_child("soapenv:Body");
}

std::string text(const pugi::xml_document& document) {
    std::ostringstream out;
    document.save(out, "", pugi::format_raw | pugi::format_no_declaration, pugi::encoding_utf8);
    return std::move(out).str();
}

}  // namespace

Result<Call> parse_call(const std::string& body) {
    Call call;
    call.document = std::make_unique<pugi::xml_document>();
    const auto parsed = call.document->load_buffer(body.data(), body.size(), pugi::parse_default | pugi::parse_doctype,
                                                   pugi::encoding_utf8);
    if (!parsed) return fail(Errc::malformed, std::string("no well-formed XML: ") + parsed.description());
    for (const auto& node : call.document->children())
        if (node.type() == pugi::node_doctype) return fail(Errc::malformed, "a document type is not allowed in SOAP");
    const auto envelope = call.document->document_element();
    if (local_name(envelope) != "Envelope" || namespace_of(envelope) != kEnvelope)
        return fail(Errc::malformed, "expected a SOAP 1.1 envelope");
    const auto content = child(envelope, "Body");
    call.operation = content.first_child();
    if (call.operation.type() != pugi::node_element || call.operation.next_sibling())
        return fail(Errc::malformed, "expected one element in soap:Body");
    call.name = local_name(call.operation);
    const auto uri = namespace_of(call.operation);
    if (!uri.starts_with(kAxl) || !is_version(std::string_view(uri).substr(kAxl.size())))
        return fail(Errc::malformed, "expected an element of the namespace " + std::string(kAxl) + "14.0");
    call.version = uri.substr(kAxl.size());
    return call;
}

std::string_view local_name(const pugi::xml_node& node) {
    const std::string_view name = node.name();
    const auto colon = name.find(':');
    return colon == std::string_view::npos ? name : name.substr(colon + 1);
}

pugi::xml_node child(const pugi::xml_node& parent, std::string_view name) {
    return parent.find_child([name](const pugi::xml_node& node) { return local_name(node) == name; });
}

std::string text_of(const pugi::xml_node& parent, std::string_view name) {
    return std::string(trim(child(parent, name).text().get()));
}

void append(pugi::xml_node parent, const char* name, std::string_view text) {
    parent.append_child(name).text().set(printable(text, 4096).c_str());
}

std::string response(const std::string& name, const std::string& version,
                     const std::function<void(pugi::xml_node)>& fill) {
    pugi::xml_document document;
    auto answer = open_body(document).append_child(("ns:" + name + "Response").c_str());
    answer.append_attribute("xmlns:ns") = (std::string(kAxl) + version).c_str();
    fill(answer.append_child("return"));
    return text(document);
}

std::string fault(const std::string& name, const std::string& version, int code, std::string_view message) {
    pugi::xml_document document;
    auto fault = open_body(document).append_child("soapenv:Fault");
    append(fault, "faultcode", "soapenv:Server");
    append(fault, "faultstring", message);
    auto error = fault.append_child("detail").append_child("ns:axlError");
    error.append_attribute("xmlns:ns") = (std::string(kAxl) + version).c_str();
    append(error, "axlcode", std::to_string(code));
    append(error, "axlmessage", message);
    append(error, "request", name);
    return text(document);
}

}  // namespace opencapf::capf::axl
