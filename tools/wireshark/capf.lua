-- SPDX-License-Identifier: Apache-2.0
-- Wireshark dissector for CAPF, the protocol by which Cisco IP phones get their certificates (TLS, TCP port 3804).
-- docs/wireshark.md says how to use it. Names and numbers are those of include/opencapf/capf_protocol/codes.hpp; what is
-- marked as invented there (commands 22 and 23, element 14) is a guess here too.

local capf = Proto("capf", "Cisco Certificate Authority Proxy Function")

local HEADER = 8
local MAGIC = 0x55

local commands = {
    [1] = "AUTH_REQUEST", [2] = "AUTH_RESPONSE", [3] = "KEY_GENERATE_REQUEST", [4] = "KEY_GENERATE_RESPONSE",
    [5] = "ENCRYPT_RESPONSE", [6] = "ENCRYPT_REQUEST", [7] = "DECRYPT_REQUEST", [8] = "DECRYPT_RESPONSE",
    [9] = "STORE_CERTIFICATE_REQUEST", [10] = "STORE_CERTIFICATE_RESPONSE", [11] = "FETCH_CERTIFICATE_REQUEST",
    [12] = "FETCH_CERTIFICATE_RESPONSE", [13] = "DELETE_CERTIFICATE_REQUEST", [14] = "DELETE_CERTIFICATE_RESPONSE",
    [15] = "END_SESSION", [16] = "RETRY_LATER", [17] = "REQUEST_IN_PROGRESS", [18] = "STATUS_REQUEST",
    [19] = "STATUS_RESPONSE", [20] = "ABORT_REQUEST", [21] = "ABORT_RESPONSE", [22] = "SIGN_CERTIFICATE_REQUEST",
    [23] = "SIGN_CERTIFICATE_RESPONSE",
}
local tags = {
    [1] = "REASON", [2] = "REASON_INFO", [3] = "CERTIFICATE_TYPE", [4] = "CERTIFICATE", [5] = "CERTIFICATE_ID",
    [6] = "SIGNED_DATA", [7] = "VERSION", [8] = "AUTH_TYPE", [9] = "PUBLIC_KEY", [10] = "KEY_SIZE", [11] = "PASSWORD",
    [12] = "RETRY_DELAY", [13] = "DEVICE_NAME", [14] = "REQUEST_INFO", [16] = "SUDI_DATA", [17] = "KEY_TYPE",
    [18] = "CURVE", [19] = "DIGEST_TYPE", [20] = "SHA2_SIGNED_DATA",
}
local reasons = { [0] = "no action", [1] = "success", [7] = "refused",
                  [9] = "unknown device" }
local certificate_types = { [1] = "LSC", [2] = "MIC" }
local auth_types = { [0] = "none, the phone decides", [1] = "authentication string", [2] = "null string",
                     [3] = "existing certificate, LSC first", [4] = "existing certificate, MIC first" }
local key_types = { [0] = "RSA", [1] = "EC" }
local curves = { [0] = "P-256", [1] = "P-384", [2] = "P-521" }
local hashes = { [1] = "SHA-1", [2] = "SHA-256", [3] = "SHA-512" }
local sudi_parts = { [0] = "certificate", [1] = "SHA-1 signature", [3] = "SHA-512 signature" }

local f = {
    magic = ProtoField.uint8("capf.magic", "Magic", base.HEX),
    command = ProtoField.uint8("capf.command", "Command", base.DEC, commands),
    session = ProtoField.uint32("capf.session", "Session id"),
    length = ProtoField.uint16("capf.length", "Body length"),
    element = ProtoField.none("capf.element", "Element"),
    tag = ProtoField.uint8("capf.element.tag", "Tag", base.DEC, tags),
    element_length = ProtoField.uint16("capf.element.length", "Length"),
    value = ProtoField.bytes("capf.element.value", "Value"),
    reason = ProtoField.uint8("capf.reason", "Reason", base.DEC, reasons),
    reason_info = ProtoField.string("capf.reason_info", "Reason info"),
    certificate_type = ProtoField.uint8("capf.certificate_type", "Certificate type", base.DEC, certificate_types),
    certificate_id = ProtoField.bytes("capf.certificate_id", "Certificate id"),
    version = ProtoField.uint8("capf.version", "Protocol version"),
    auth_type = ProtoField.uint8("capf.auth_type", "Authentication type", base.DEC, auth_types),
    key_size = ProtoField.uint16("capf.key_size", "RSA key size"),
    password = ProtoField.string("capf.password", "Authentication string"),
    retry_delay = ProtoField.bytes("capf.retry_delay", "Retry delay (unit unknown)"),
    device_name = ProtoField.string("capf.device_name", "Device name"),
    request_info = ProtoField.bytes("capf.request_info", "Certification request info (invented)"),
    key_type = ProtoField.uint8("capf.key_type", "Key type", base.DEC, key_types),
    curve = ProtoField.uint8("capf.curve", "Curve", base.DEC, curves),
    digest = ProtoField.uint8("capf.digest", "Digest", base.DEC, hashes),
    signature = ProtoField.bytes("capf.signature", "Signature"),
    item_tag = ProtoField.uint8("capf.certificate.item", "Item"),
    item_length = ProtoField.uint16("capf.certificate.length", "Item length"),
    item_kind = ProtoField.uint16("capf.certificate.kind", "Kind (not checked by anybody)"),
    certificate = ProtoField.bytes("capf.certificate", "Certificate"),
    sudi_part = ProtoField.uint8("capf.sudi.part", "Part", base.DEC, sudi_parts),
    sudi_length = ProtoField.uint16("capf.sudi.length", "Part length"),
    public_key = ProtoField.bytes("capf.public_key", "Public key (SubjectPublicKeyInfo)"),
    key_algorithm = ProtoField.string("capf.public_key.algorithm", "Algorithm"),
    key_bits = ProtoField.uint16("capf.public_key.bits", "Key size in bits"),
}
capf.fields = f

local e = {
    magic = ProtoExpert.new("capf.bad_magic", "This is no CAPF frame: it does not begin with 0x55", expert.group.MALFORMED,
                            expert.severity.ERROR),
    overrun = ProtoExpert.new("capf.overrun", "The length goes beyond what is there", expert.group.MALFORMED,
                              expert.severity.ERROR),
    dangling = ProtoExpert.new("capf.dangling", "Bytes that are no element stand at the end", expert.group.MALFORMED,
                               expert.severity.ERROR),
    bad_length = ProtoExpert.new("capf.bad_length", "This element has another length", expert.group.MALFORMED,
                                 expert.severity.ERROR),
    bad_key = ProtoExpert.new("capf.bad_key", "This is no SubjectPublicKeyInfo", expert.group.MALFORMED,
                              expert.severity.ERROR),
    no_nul = ProtoExpert.new("capf.no_nul", "The text does not end with NUL", expert.group.PROTOCOL, expert.severity.WARN),
    unknown_command = ProtoExpert.new("capf.unknown_command", "Unknown command", expert.group.UNDECODED,
                                      expert.severity.WARN),
    unknown_tag = ProtoExpert.new("capf.unknown_tag", "Unknown element", expert.group.UNDECODED, expert.severity.WARN),
    repeated_tag = ProtoExpert.new("capf.repeated_tag", "The element is repeated; the last one counts",
                                   expert.group.PROTOCOL, expert.severity.WARN),
    refused = ProtoExpert.new("capf.refused", "Refused", expert.group.RESPONSE_CODE, expert.severity.NOTE),
}
capf.experts = e
capf.prefs.ports = Pref.range("TLS ports", "3804", "TCP ports on which CAPF listens", 65535)

-- A dissector of Wireshark's own, or nil in a version that does not have it.
local function syntax(name)
    local found, dissector = pcall(function() return DissectorTable.get("ber.syntax"):get_dissector(name) end)
    return found and dissector or nil
end

local function hand_over(dissector, range, pinfo, tree)
    -- A defect in what the peer sent must not end the rest of the tree.
    if dissector ~= nil then pcall(function() dissector:call(range:tvb(), pinfo, tree) end) end
end

local function certificate(range, pinfo, tree)
    hand_over(syntax("Certificate"), range, pinfo, tree:add(f.certificate, range))
end

-- DER: tag, start and length of the value at `at`; nil when it does not fit.
local function der(range, at)
    if at + 2 > range:len() then return nil end
    local tag, length, start = range(at, 1):uint(), range(at + 1, 1):uint(), at + 2
    if length >= 0x80 then
        local count = length - 0x80
        if count < 1 or count > 3 or start + count > range:len() then return nil end
        length = range(start, count):uint()
        start = start + count
    end
    if start + length > range:len() then return nil end
    return tag, start, length
end

local key_oids = { ["2a864886f70d010101"] = "RSA", ["2a8648ce3d0201"] = "EC" }
local curve_oids = { ["2a8648ce3d030107"] = { "P-256", 256 }, ["2b81040022"] = { "P-384", 384 },
                     ["2b81040023"] = { "P-521", 521 } }

-- Algorithm and size of a SubjectPublicKeyInfo; nil when it is none. Wireshark has no dissector for one that stands alone.
local function key_facts(range)
    local tag, start, length = der(range, 0)
    if tag ~= 0x30 or start + length ~= range:len() then return nil end
    local atag, astart, alength = der(range, start)
    if atag ~= 0x30 then return nil end
    local otag, ostart, olength = der(range, astart)
    if otag ~= 6 or olength == 0 then return nil end
    local btag, bstart, blength = der(range, astart + alength)
    if btag ~= 3 or blength < 2 then return nil end
    local name = key_oids[range(ostart, olength):bytes():tohex(true)]
    if name == "RSA" then
        local stag, sstart = der(range, bstart + 1)
        if stag ~= 0x30 then return nil end
        local mtag, mstart, mlength = der(range, sstart)
        if mtag ~= 2 or mlength == 0 then return nil end
        local zero = range(mstart, 1):uint() == 0 and 1 or 0
        local first, bits = mlength > zero and range(mstart + zero, 1):uint() or 0, 0
        while first > 0 do first, bits = math.floor(first / 2), bits + 1 end
        return name, (mlength - zero - 1) * 8 + bits
    elseif name == "EC" then
        local ctag, cstart, clength = der(range, ostart + olength)
        local curve = ctag == 6 and clength > 0 and curve_oids[range(cstart, clength):bytes():tohex(true)]
        if curve then return "EC " .. curve[1], curve[2] end
        return "EC, unknown curve", nil
    end
    return "unknown", nil
end

local function text(field)
    return function(range, _, tree)
        local length = range:len()
        local ends = length > 0 and range(length - 1, 1):uint() == 0
        local item = tree:add(field, range, ends and (length > 1 and range(0, length - 1):string() or "") or range:string())
        if not ends then item:add_proto_expert_info(e.no_nul) end
        return ends and length > 1 and range(0, length - 1):string() or ""
    end
end

local function number(field, size)
    return function(range, _, tree)
        if range:len() ~= size then
            tree:add_proto_expert_info(e.bad_length)
            tree:add(f.value, range)
            return nil
        end
        tree:add(field, range)
        return range:uint()
    end
end

local function octets(field)
    return function(range, _, tree) tree:add(field, range) end
end

-- Parts of the form number, 16-bit length, value: in CERTIFICATE, SUDI_DATA and SHA2_SIGNED_DATA.
local function parts(range, tree, number_field, length_field, show)
    local at = 0
    while at + 3 <= range:len() do
        local length = range(at + 1, 2):uint()
        if at + 3 + length > range:len() then
            tree:add_proto_expert_info(e.overrun)
            return
        end
        tree:add(number_field, range(at, 1))
        if length_field then tree:add(length_field, range(at + 1, 2)) end
        if length > 0 then show(range(at, 1):uint(), range(at + 3, length)) end
        at = at + 3 + length
    end
    if at < range:len() then tree:add_proto_expert_info(e.dangling) end
end

local values = {
    [1] = function(range, pinfo, tree)
        local reason = number(f.reason, 1)(range, pinfo, tree)
        if reason and reason > 1 then tree:add_proto_expert_info(e.refused, reasons[reason] or "unknown reason") end
        return reason and (reasons[reason] or "reason " .. reason)
    end,
    [2] = text(f.reason_info),
    [3] = number(f.certificate_type, 1),
    [4] = function(range, pinfo, tree)
        parts(range, tree, f.item_tag, f.item_length, function(_, item)
            if item:len() < 3 then return tree:add_proto_expert_info(e.bad_length) end
            tree:add(f.item_kind, item(0, 2))
            certificate(item(2), pinfo, tree)
        end)
    end,
    [5] = octets(f.certificate_id),
    [6] = octets(f.signature),
    [7] = number(f.version, 1),
    [8] = number(f.auth_type, 1),
    [9] = function(range, pinfo, tree)
        local item = tree:add(f.public_key, range)
        local name, bits = key_facts(range)
        if name == nil then
            item:add_proto_expert_info(e.bad_key)
            return nil
        end
        item:add(f.key_algorithm, range, name)
        if bits then item:add(f.key_bits, range, bits) end
        hand_over(Dissector.get("ber"), range, pinfo, item)
        return bits and name .. ", " .. bits .. " bits" or name
    end,
    [10] = number(f.key_size, 2),
    [11] = function(range, pinfo, tree) text(f.password)(range, pinfo, tree) end, -- a secret: not in the summary
    [12] = octets(f.retry_delay),
    [13] = text(f.device_name),
    [14] = function(range, pinfo, tree) hand_over(Dissector.get("ber"), range, pinfo, tree:add(f.request_info, range)) end,
    [16] = function(range, pinfo, tree)
        parts(range, tree, f.sudi_part, f.sudi_length, function(part, value)
            if part == 0 then certificate(value, pinfo, tree) else tree:add(f.signature, value) end
        end)
    end,
    [17] = number(f.key_type, 1),
    [18] = number(f.curve, 1),
    [19] = number(f.digest, 1),
    [20] = function(range, _, tree)
        parts(range, tree, f.digest, nil, function(_, value) tree:add(f.signature, value) end)
    end,
}
-- These say in the packet list what a frame is about.
local in_summary = { [1] = true, [9] = true, [13] = true }

local function elements(body, pinfo, tree)
    local at, seen, summary = 0, {}, {}
    while at + 3 <= body:len() do
        local tag, length = body(at, 1):uint(), body(at + 1, 2):uint()
        local there = math.min(length, body:len() - at - 3)
        local branch = tree:add(f.element, body(at, 3 + there))
        branch:set_text(string.format("%s (%d), %d bytes", tags[tag] or "unknown element", tag, length))
        branch:add(f.tag, body(at, 1))
        branch:add(f.element_length, body(at + 1, 2))
        if there < length then
            branch:add_proto_expert_info(e.overrun)
            return summary
        end
        if seen[tag] then branch:add_proto_expert_info(e.repeated_tag) end
        seen[tag] = true
        if values[tag] == nil then
            branch:add_proto_expert_info(e.unknown_tag)
            if length > 0 then branch:add(f.value, body(at + 3, length)) end
        elseif length == 0 then
            branch:add_proto_expert_info(e.bad_length)
        else
            local value = values[tag](body(at + 3, length), pinfo, branch)
            if in_summary[tag] and value and value ~= "" then summary[#summary + 1] = value end
        end
        at = at + 3 + length
    end
    if at < body:len() then tree:add_proto_expert_info(e.dangling) end
    return summary
end

local function frame(range, pinfo, root)
    local command = range(1, 1):uint()
    local name = commands[command] or "command " .. command
    local tree = root:add(capf, range)
    tree:append_text(", " .. name .. ", session " .. range(2, 4):uint())
    tree:add(f.magic, range(0, 1))
    local item = tree:add(f.command, range(1, 1))
    if commands[command] == nil then item:add_proto_expert_info(e.unknown_command) end
    tree:add(f.session, range(2, 4))
    tree:add(f.length, range(6, 2))
    local summary = range:len() > HEADER and elements(range(HEADER), pinfo, tree) or {}
    return #summary > 0 and name .. " (" .. table.concat(summary, ", ") .. ")" or name
end

local function show(pinfo, texts)
    if #texts == 0 then return end
    -- One packet may hold several TLS records: the second call adds to what the first has written.
    local line = table.concat(texts, "; ")
    if tostring(pinfo.cols.protocol) == "CAPF" then
        pinfo.cols.info:append("; " .. line)
    else
        pinfo.cols.protocol = "CAPF"
        pinfo.cols.info = line
    end
    pinfo.cols.info:fence()
end

function capf.dissector(tvb, pinfo, root)
    local at, size, texts = 0, tvb:len(), {}
    while at < size do
        if tvb(at, 1):uint() ~= MAGIC then
            root:add(capf, tvb(at)):add_proto_expert_info(e.magic)
            texts[#texts + 1] = "not CAPF"
            break
        end
        local left = size - at
        local missing = left < HEADER and DESEGMENT_ONE_MORE_SEGMENT or HEADER + tvb(at + 6, 2):uint() - left
        if left < HEADER or missing > 0 then
            if pinfo.can_desegment > 0 then
                pinfo.desegment_offset = at
                pinfo.desegment_len = missing
            else
                root:add(capf, tvb(at)):add_proto_expert_info(e.overrun)
            end
            break
        end
        local length = left + missing
        texts[#texts + 1] = frame(tvb(at, length), pinfo, root)
        at = at + length
    end
    show(pinfo, texts)
    return size
end

-- Ports only, no heuristics: a single byte 0x55 proves nothing.
local registered
local function register(ports)
    local tls_port, tcp_port, tls = DissectorTable.get("tls.port"), DissectorTable.get("tcp.port"), Dissector.get("tls")
    if registered == ports then return end
    if registered and registered ~= "" then
        tls_port:remove(registered, capf)
        tcp_port:remove(registered, tls)
    end
    registered = ports
    if ports ~= "" then
        tls_port:add(ports, capf)
        tcp_port:add(ports, tls)
    end
end

-- For captures without TLS, as a proxy makes them: Decode As, or tshark -d tcp.port==PORT,capf.
DissectorTable.get("tcp.port"):add_for_decode_as(capf)
function capf.prefs_changed() register(tostring(capf.prefs.ports)) end
register("3804")
