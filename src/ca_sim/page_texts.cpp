// SPDX-License-Identifier: Apache-2.0
#include "ca_sim/page_texts.hpp"

namespace opencapf::ca_sim {
namespace {

constexpr PageTexts kEnglish{
    .html_language = "en",
    .product = "Active Directory Certificate Services",
    .home = "Home",
    .request_title = "Submit a Certificate Request or Renewal Request",
    .request_instructions =
        "Paste a base-64-encoded PKCS #10 certificate request that another program made, choose a template, and "
        "submit it to the CA.",
    .saved_request = "Saved Request:",
    .from_file = "Or read it from a file:",
    .template_head = "Certificate Template:",
    .no_templates =
        "No certificate templates could be found: none is published, or your account may not enroll for any.",
    .attributes_head = "Additional Attributes:",
    .submit = "Submit &gt;",
    .issued_title = "Certificate Issued",
    .issued = "The certificate you requested was issued to you.",
    .encoding_head = "Encoding of the files",
    .der = "DER encoded",
    .separator = "or",
    .base64 = "Base 64 encoded",
    .download_certificate = "Download certificate",
    .download_chain = "Download certificate chain",
    .pending_title = "Certificate Pending",
    .received = "Your certificate request has been received. It waits for the decision of the CA administrator.",
    .still_pending = "Your certificate request is still pending. The CA administrator has not decided yet.",
    .request_id = "Your Request Id is ",
    .instructions = "Come back to this web site in a day or two to fetch your certificate.",
    .timeout_before = "Use <B>this</B> browser, and come within ",
    .timeout_after = " days.",
    .remove = "Remove",
    .denied_title = "Certificate Request Denied",
    .denied = "Your certificate request was denied.",
    .revoked = "The certificate you requested was issued, and has been revoked since.",
    .disposition_message = "The disposition message is ",
    .contact = "Contact your administrator for further information.",
    .error_title = "Error",
    .failed = "Your request failed. An error occurred while the server was processing your request.",
    .mode_label = "Request Mode:",
    .request_id_label = "Request ID:",
    .disposition_label = "Disposition:",
    .message_label = "Disposition message:",
    .result_label = "Result:",
    .com_error_label = "COM Error Info:",
    .last_status_label = "LastStatus:",
    .cause_label = "Suggested Cause:",
    .never_set = "(never set)",
    .none = "(none)",
    .no_suggestions = "No suggestions.",
    .unknown = "(unknown)",
};

// Own words, not those of a German Windows: what counts is that no English one is left.
constexpr PageTexts kGerman{
    .html_language = "de",
    .product = "Active Directory-Zertifikatdienste",
    .home = "Startseite",
    .request_title = "Zertifikat- oder Erneuerungsanforderung einsenden",
    .request_instructions =
        "F&uuml;gen Sie eine Base-64-codierte PKCS #10-Anforderung ein, die ein anderes Programm erstellt hat, "
        "w&auml;hlen Sie eine Vorlage, und senden Sie sie an die Zertifizierungsstelle.",
    .saved_request = "Gespeicherte Anforderung:",
    .from_file = "Oder aus einer Datei lesen:",
    .template_head = "Zertifikatvorlage:",
    .no_templates =
        "Es wurden keine Zertifikatvorlagen gefunden: Keine ist ver&ouml;ffentlicht, oder Ihr Konto darf keine "
        "benutzen.",
    .attributes_head = "Weitere Attribute:",
    .submit = "Einsenden &gt;",
    .issued_title = "Zertifikat ausgestellt",
    .issued = "Das angeforderte Zertifikat wurde f&uuml;r Sie ausgestellt.",
    .encoding_head = "Codierung der Dateien",
    .der = "DER-codiert",
    .separator = "oder",
    .base64 = "Base-64-codiert",
    .download_certificate = "Zertifikat herunterladen",
    .download_chain = "Zertifikatkette herunterladen",
    .pending_title = "Zertifikat ausstehend",
    .received = "Ihre Anforderung ist eingegangen. Der Administrator muss noch entscheiden.",
    .still_pending = "Ihre Anforderung ist noch offen. Der Administrator hat noch nicht entschieden.",
    .request_id = "Ihre Anforderungskennung lautet ",
    .instructions = "Kommen Sie in ein oder zwei Tagen wieder, um das Zertifikat abzuholen.",
    .timeout_before = "Verwenden Sie <B>diesen</B> Browser, und kommen Sie innerhalb von ",
    .timeout_after = " Tagen.",
    .remove = "Entfernen",
    .denied_title = "Anforderung abgelehnt",
    .denied = "Ihre Anforderung wurde abgelehnt.",
    .revoked = "Das angeforderte Zertifikat wurde ausgestellt und seitdem gesperrt.",
    .disposition_message = "Die Meldung dazu lautet ",
    .contact = "Weitere Auskunft gibt Ihr Administrator.",
    .error_title = "Fehler",
    .failed = "Die Anforderung ist fehlgeschlagen. Beim Verarbeiten trat auf dem Server ein Fehler auf.",
    .mode_label = "Anforderungsmodus:",
    .request_id_label = "Anforderungskennung:",
    .disposition_label = "Entscheidung:",
    .message_label = "Meldung dazu:",
    .result_label = "Ergebnis:",
    .com_error_label = "COM-Fehler:",
    .last_status_label = "Letzter Status:",
    .cause_label = "M&ouml;gliche Ursache:",
    .never_set = "(nie gesetzt)",
    .none = "(keine)",
    .no_suggestions = "Keine Vorschl&auml;ge.",
    .unknown = "(unbekannt)",
};

}  // namespace

const PageTexts& page_texts(PageLanguage language) noexcept {
    return language == PageLanguage::german ? kGerman : kEnglish;
}

}  // namespace opencapf::ca_sim
