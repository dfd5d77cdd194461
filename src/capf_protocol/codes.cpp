// SPDX-License-Identifier: Apache-2.0
#include "opencapf/capf_protocol/codes.hpp"

#include "opencapf/capf_protocol/invented.hpp"

namespace opencapf::capf_protocol {

std::string_view to_string(Command command) noexcept {
    switch (command) {
        case Command::auth_request:
            return "CAPF_MSG_AUTH_REQ";
        case Command::auth_response:
            return "CAPF_MSG_AUTH_RESP";
        case Command::key_generate_request:
            return "CAPF_MSG_KEY_GEN_REQ";
        case Command::key_generate_response:
            return "CAPF_MSG_KEY_GEN_RESP";
        case Command::encrypt_response:
            return "CAPF_MSG_ENCRYPT_RESP";
        case Command::encrypt_request:
            return "CAPF_MSG_ENCRYPT_REQ";
        case Command::decrypt_request:
            return "CAPF_MSG_DECRYPT_REQ";
        case Command::decrypt_response:
            return "CAPF_MSG_DECRYPT_RESP";
        case Command::store_certificate_request:
            return "CAPF_MSG_STORE_CERT_REQ";
        case Command::store_certificate_response:
            return "CAPF_MSG_STORE_CERT_RESP";
        case Command::fetch_certificate_request:
            return "CAPF_MSG_FETCH_CERT_REQ";
        case Command::fetch_certificate_response:
            return "CAPF_MSG_FETCH_CERT_RESP";
        case Command::delete_certificate_request:
            return "CAPF_MSG_DELETE_CERT_REQ";
        case Command::delete_certificate_response:
            return "CAPF_MSG_DELETE_CERT_RESP";
        case Command::end_session:
            return "CAPF_MSG_END_SESSION";
        case Command::retry_later:
            return "CAPF_MSG_RETRY_LATER";
        case Command::request_in_progress:
            return "CAPF_MSG_REQ_IN_PROGRESS";
        case Command::status_request:
            return "CAPF_MSG_STATUS_REQ";
        case Command::status_response:
            return "CAPF_MSG_STATUS_RESP";
        case Command::abort_request:
            return "CAPF_MSG_ABORT_REQ";
        case Command::abort_response:
            return "CAPF_MSG_ABORT_RESP";
        case Command::sign_certificate_request:
            return "CAPF_MSG_SIGN_CERT_REQ";
        case Command::sign_certificate_response:
            return "CAPF_MSG_SIGN_CERT_RESP";
    }
    return "CAPF_MSG_UNKNOWN";
}

std::string_view to_string(Tag tag) noexcept {
    if (tag == invented::kSignRequestInfo) return "REQUEST_INFO";
    switch (tag) {
        case Tag::reason:
            return "REASON";
        case Tag::reason_info:
            return "REASON_INFO";
        case Tag::certificate_type:
            return "CERTIFICATE_TYPE";
        case Tag::certificate:
            return "CERTIFICATE";
        case Tag::certificate_id:
            return "CERTIFICATE_ID";
        case Tag::signed_data:
            return "SIGNED_DATA";
        case Tag::version:
            return "VERSION";
        case Tag::auth_type:
            return "AUTH_TYPE";
        case Tag::public_key:
            return "PUBLIC_KEY";
        case Tag::key_size:
            return "KEY_SIZE";
        case Tag::password:
            return "PASSWORD";
        case Tag::retry_delay:
            return "RETRY_DELAY";
        case Tag::device_name:
            return "DEVICE_NAME";
        case Tag::sudi_data:
            return "SUDI_DATA";
        case Tag::key_type:
            return "KEY_TYPE";
        case Tag::curve:
            return "CURVE";
        case Tag::digest_type:
            return "DIGEST_TYPE";
        case Tag::sha2_signed_data:
            return "SHA2_SIGNED_DATA";
    }
    return "UNKNOWN";
}

std::string_view to_string(Reason reason) noexcept {
    switch (reason) {
        case Reason::no_action:
            return "no action";
        case Reason::success:
            return "success";
        case Reason::refused:
            return "refused";
        case Reason::unknown_device:
            return "unknown device";
    }
    return "unknown";
}

std::string_view to_string(KeyType type) noexcept {
    switch (type) {
        case KeyType::rsa:
            return "RSA";
        case KeyType::ec:
            return "EC";
    }
    return "unknown";
}

std::string_view to_string(Curve curve) noexcept {
    switch (curve) {
        case Curve::p256:
            return "P-256";
        case Curve::p384:
            return "P-384";
        case Curve::p521:
            return "P-521";
    }
    return "unknown";
}

std::string_view to_string(HashCode hash) noexcept {
    switch (hash) {
        case HashCode::sha1:
            return "SHA-1";
        case HashCode::sha256:
            return "SHA-256";
        case HashCode::sha512:
            return "SHA-512";
    }
    return "unknown";
}

bool is_known(Command command) noexcept {
    const auto value = static_cast<std::uint8_t>(command);
    return value >= 1 && value <= 23;
}

bool is_known(Tag tag) noexcept {
    if (tag == invented::kSignRequestInfo) return true;
    switch (tag) {
        case Tag::certificate_id:
        case Tag::retry_delay:
            return false;  // a name without a layout; the public server refuses them too
        case Tag::reason:
        case Tag::reason_info:
        case Tag::certificate_type:
        case Tag::certificate:
        case Tag::signed_data:
        case Tag::version:
        case Tag::auth_type:
        case Tag::public_key:
        case Tag::key_size:
        case Tag::password:
        case Tag::device_name:
        case Tag::sudi_data:
        case Tag::key_type:
        case Tag::curve:
        case Tag::digest_type:
        case Tag::sha2_signed_data:
            return true;
    }
    return false;
}

}  // namespace opencapf::capf_protocol
