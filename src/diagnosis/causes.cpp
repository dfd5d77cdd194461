// SPDX-License-Identifier: Apache-2.0
#include "diagnosis/causes.hpp"

#include <algorithm>
#include <stdexcept>
#include <string>

namespace opencapf::diagnosis {

const std::vector<Cause>& causes() {
    static const std::vector<Cause> table{
        // CES and the CA's web server
        {"untrusted-chain", "CES does not trust the issuer of the CA's web server certificate",
         "A root or an intermediate CA of the chain of IIS is not in CAPF-trust, so CES cannot verify IIS. The product "
         "says the same of a certificate that IIS signed itself.",
         "Upload every CA of the chain, root and intermediates, as CAPF-trust, and restart CES.", "untrusted-root"},
        {"self-signed-iis", "IIS shows a certificate that it signed itself",
         "A self-signed server certificate is not supported, even when it was uploaded as CAPF-trust.",
         "Give IIS a certificate issued by a CA, bind it to port 443, and trust that CA.", "self-signed-iis"},
        {"name-mismatch", "The certificate of IIS has another name than CES asks for",
         "The name in the certificate and Online CA Hostname differ.",
         "Issue a certificate for the full host name, or correct Online CA Hostname.", "name-mismatch"},
        {"unresolvable-host", "Online CA Hostname cannot be resolved",
         "The name has a typo, or the DNS servers of CUCM do not know it.",
         "Correct Online CA Hostname, or the DNS; try it on CUCM with: utils network host NAME.", "unresolvable-host"},
        {"ca-unreachable", "Nobody listens at the address of the CA's web server",
         "IIS is stopped, a firewall refuses, or Online CA Port is wrong.",
         "Start IIS; check the port and the firewall between CUCM and the CA.", "ca-unreachable"},
        {"not-yet-valid", "The certificate of IIS is not valid yet",
         "It begins in the future: one of the clocks is wrong, or it was issued for later.",
         "Check NTP on CUCM and on the CA (utils ntp status).", "not-yet-valid"},
        {"expired", "The certificate of IIS has expired", "Nobody renewed it, or the clock of CUCM is in the future.",
         "Renew the certificate of IIS; check NTP.", "expired"},
        {"connection-broken", "The connection to the CA's web server broke",
         "TLS could not be agreed on, or something between ended the connection.",
         "Look at the web server and at proxies or firewalls between; try openssl s_client.", "connection-broken"},
        {"login-timeout", "The CA answered the log-in too late",
         "CES waited for /certsrv as long as it does (10 s in the product) and gave up.",
         "Find out why IIS or the domain controller is slow; CSCvo58656, CSCvf83629.", "login-timeout"},
        {"chain-timeout", "The CA sent its chain too late",
         "The log-in worked, then certnew.p7b did not come within 10 s.",
         "Find out why the CA's pages are slow; look at time-taken in the IIS log.", "chain-timeout"},
        {"chain-unusable", "The CA's chain could not be used",
         "certnew.p7b was answered with something that is no certificate chain.",
         "Fetch it with a browser; check that the host really is AD CS web enrolment.", "chain-timeout"},
        {"ca-credentials", "The CA refuses user name or password",
         "The password was changed, or the account is locked or disabled.",
         "Try the account in a browser; enter it again in CUCM; look whether it is locked.", "wrong-ca-password"},
        {"ntlm-not-offered", "IIS does not offer NTLM",
         "Only Negotiate (Kerberos) is among the providers, and the product cannot do that.",
         "Put NTLM first among the providers of Windows authentication.", "kerberos-only"},
        {"login-refused", "The CA refuses the log-in",
         "IIS answered 401. Its own log says whether the password or the kind of authentication is the reason.",
         "Look at sc-substatus and sc-win32-status of the 401 lines in the IIS log.", "wrong-ca-password"},
        {"template-not-offered", "The CA does not offer the certificate template to this account",
         "The log-in worked and the request page came, but the template is not in its list: the name is misspelled, "
         "the "
         "template is not published, or the account lacks the right Enroll. CES answers as for a wrong password.",
         "Compare Online CA Template with the template's name (not its display name); publish it; grant Enroll.",
         "template-typo"},
        {"template-misspelled", "Online CA Template is misspelled",
         "The CA offers a template with a name that differs by a letter or two, and none with the configured name.",
         "Correct Online CA Template: it is the template's name, not its display name.", "template-typo"},
        {"denied", "The CA denied the request", "Its policy refused this request; the message says why.",
         "Read the message and the HRESULT; correct the template, the rights or the request.", "denied"},
        {"pending", "The request waits for a CA manager",
         "The template wants the approval of a CA certificate manager.",
         "Approve the request at the CA, or take the approval off the template, and let the phone call again.",
         "pending"},
        {"slow-ca", "The CA took longer than CAPF waits",
         "CAPF gives an enrolment 10 s. CES went on and had nobody left to answer: EST_ERR_SSL_READ (35) in CAPF's "
         "trace and EST_ERR_HTTP_WRITE (10) in error.log are the two ends of one story. A certificate may have been "
         "issued that nobody fetched.",
         "Find the slow page by time-taken in the IIS log; revoke certificates that were issued in vain.",
         "capf-read-timeout"},
        {"ca-error", "The CA's pages answered with an error", "IIS or the CA service behind it is out of order.",
         "Look at the CA: is the service running, what does the event log say?", "denied"},
        // CAPF and CES
        {"ces-down", "CES does not listen", "The service was never activated, or has stopped.",
         "Activate and start Cisco Certificate Enrollment Service; look at CiscoRA's log.", "ces-down"},
        {"ces-untrusted", "CAPF does not trust the certificate of CES",
         "It was made anew, or CAPF has another one in its trust.",
         "Restart both services; check the certificate that CAPF trusts for CES.", "ces-untrusted"},
        {"ec-with-online-ca", "The Online CA does not take the phone's EC key",
         "Key Order asks for an EC key while the LSC comes from an Online CA, which the product does not support.",
         "Set Key Order to RSA only, or change the template at the CA to EC keys where CES allows it.",
         "ec-with-online-ca"},
        // phone and CAPF
        {"wrong-string", "The authentication string typed on the phone is wrong",
         "What came from the phone is not what stands in CUCM.", "Look the string up in CUCM and type it again.",
         "wrong-string"},
        {"locked-out", "The phone is locked after too many wrong authentication strings",
         "Ten wrong tries lock a phone for ten minutes; even the right string is refused then.",
         "Wait ten minutes, then type the right string.", "lock-out"},
        {"late-phone", "The phone came after Operation Completes By", "The operation had ended when the phone called.",
         "Set the operation again with a later date.", "late-phone"},
        {"untrusted-lsc", "CAPF does not accept the phone's LSC",
         "Its issuer is not in CAPF-trust any more, or the certificate is expired or not the phone's.",
         "Upload the old CAPF certificate or CA as CAPF-trust, or set the operation by another authentication.",
         "untrusted-lsc"},
        {"untrusted-mic", "CAPF does not accept the phone's factory certificate",
         "The manufacturing CA is not in CAPF-trust.", "Upload the Cisco manufacturing CA as CAPF-trust.",
         "untrusted-mic"},
        {"bad-proof", "The phone's proof of its identity does not verify",
         "It signed wrongly, or shows a certificate whose key it does not have.",
         "Reset the phone; if it stays so, delete its LSC and install by string.", "untrusted-lsc"},
        {"no-certificate-on-phone", "The phone left when it was asked to prove who it is",
         "It shall authenticate with a certificate and has none, or the user did not type the string.",
         "Set the operation with an authentication string or the null string.", "no-certificate-on-phone"},
        {"phone-vanished", "The phone went away in the middle",
         "It lost power or network, or was reset, after the operation had begun.",
         "Check the phone and its network; let it call again.", "phone-vanishes"},
        {"slow-key", "The phone needed too long for its key",
         "Maximum Allowable Time For Key Generation passed before the key came.",
         "Take a smaller key, or allow more time.", "slow-key"},
        {"ec-unsupported", "The phone cannot make the EC key that was asked for",
         "Key Order is EC only, and the phone's firmware speaks an older version of the protocol.",
         "Set Key Order to RSA only, or EC preferred with RSA backup; update the phone.", "ec-only-old-phone"},
        {"unknown-device", "CAPF does not know the phone", "There is no device of this name in the database.",
         "Add the phone, or correct its name.", "unknown-device"},
        {"nothing-pending", "No operation is pending for the phone",
         "Certificate Operation is No Pending Operation: nobody asked for a certificate, or it was done already.",
         "Set Certificate Operation to Install/Upgrade and let the phone call again.", "nothing-pending"},
        {"capf-untrusted", "The phone does not trust CAPF's certificate",
         "CAPF's certificate is not the one in the phone's ITL or CTL: it was made anew and the phone has the old "
         "file.",
         "Let the phone load the new ITL (reset it); if it refuses that as well, delete the old ITL on the phone.",
         "rotated-capf-certificate"},
        {"no-key-encipherment", "The LSC has no keyEncipherment",
         "The installation succeeds; the phone cannot register securely with such a certificate.",
         "Add keyEncipherment to the template's key usage and install again.", "no-key-encipherment"},
        {"no-certificate-to-fetch", "The phone has no certificate that could be fetched",
         "Troubleshoot succeeded; there was nothing on the phone.", "Install an LSC first.", "nothing-to-fetch"},
    };
    return table;
}

const Cause& cause(std::string_view name) {
    const auto found =
        std::find_if(causes().begin(), causes().end(), [&](const Cause& one) { return one.name == name; });
    if (found == causes().end()) throw std::logic_error("no cause is called " + std::string(name));
    return *found;
}

}  // namespace opencapf::diagnosis
