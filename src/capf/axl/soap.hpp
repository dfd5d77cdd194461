// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "opencapf/base/result.hpp"

#include <functional>
#include <memory>
#include <pugixml.hpp>
#include <string>
#include <string_view>

namespace opencapf::capf::axl {

/// One AXL request: the child of soap:Body.
struct Call {
    std::unique_ptr<pugi::xml_document> document;
    pugi::xml_node operation;
    std::string name;     ///< without prefix: "getPhone"
    std::string version;  ///< of the namespace: "14.0"
};

/// Reads a SOAP 1.1 envelope. A document type is refused, so no entity is ever expanded. Error malformed.
Result<Call> parse_call(const std::string& body);

/// Name without prefix.
std::string_view local_name(const pugi::xml_node& node);
/// The child with this local name; an empty node when there is none.
pugi::xml_node child(const pugi::xml_node& parent, std::string_view name);
/// Text of a child without white space around it; empty when there is none.
std::string text_of(const pugi::xml_node& parent, std::string_view name);
/// Control characters, which XML cannot carry, are escaped.
void append(pugi::xml_node parent, const char* name, std::string_view text);

/// The answer <axl:NAMEResponse>; `fill` gets its <return>.
std::string response(const std::string& name, const std::string& version,
                     const std::function<void(pugi::xml_node)>& fill);
/// A soap:Fault with axlError.
std::string fault(const std::string& name, const std::string& version, int code, std::string_view message);

}  // namespace opencapf::capf::axl
