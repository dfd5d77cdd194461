# SPDX-License-Identifier: Apache-2.0
"""What goes wrong between CES and the CA's web server: most of the tech note."""
import shutil
import subprocess

from engine import PHONE, Run, ScenarioFailed, scenario, wait_until

NO_CHAIN = r"ra_certsrv_ca_plugin_postconf: Unable to retrieve CA Cert chain from CA"
NO_LOGIN = r"retrieve_cacerts: Unable to execute login to certsrv with curl"
CAPF_ABORTS = r"est_client_enroll_csr\(\) Failed! Could not obtain new certificate. Aborting."
UNTRUSTED = r"failed with return code 60 \(SSL certificate problem: unable to get local issuer certificate\)"


def ces_starts_badly(run: Run, *lines):
    """What CiscoRA's log says of a start without the CA, and what becomes of a phone then."""
    run.says("ciscora", *lines)
    run.arm()
    run.installs_nothing()
    run.status("Upgrade Failed: CA Communication Failure")
    run.says("capf", rf"{PHONE}:Enrollment rv = \d+ \(EST_ERR_\w+\) with pkcs7 length = 0", CAPF_ABORTS)


def login_fails(run: Run, code, text):
    ces_starts_badly(run, rf"login_to_certsrv_ca: Curl call for MS CA login failed with return code {code} \({text}",
                     r"login_to_certsrv_ca: URL used: https://", NO_LOGIN, NO_CHAIN)


def refused_by_ca(run: Run, status, *error_lines):
    """The enrolment goes as far as the CA and comes back with a refusal."""
    run.arm()
    run.installs_nothing()
    run.status(status)
    run.says("error", *error_lines)
    run.says("capf", rf"{PHONE}:Enrollment rv = \d+ \(EST_ERR_\w+\) with pkcs7 length = 0", CAPF_ABORTS)


@scenario("untrusted-root", "6.1", "untrusted-chain")
def untrusted_root(run):
    """CES does not trust the root above the CA's web server

    The root of the enterprise CA was never uploaded as CAPF-trust, so CES has nobody who vouches for IIS. It finds out
    when it starts, long before the first phone calls."""
    run.overlay("cesd", {"ca": {"trust_directory": run.trust_directory("without-root", run.pki("capf.pem"))}})
    run.restart("cesd")
    login_fails(run, 60, r"SSL certificate problem: unable to get local issuer certificate\)")


@scenario("missing-intermediate", "6.1", "untrusted-chain", LAB_CA="issuing")
def missing_intermediate(run):
    """The root is trusted, the CA between it and the web server is not there

    IIS sends its own certificate alone, and the intermediate CA was not uploaded as CAPF-trust: the chain has a hole."""
    chain = run.pki("iis.pem").read_text(encoding="ascii")
    leaf = chain[:chain.index("-----END CERTIFICATE-----")] + "-----END CERTIFICATE-----\n"
    run.pki("iis.pem").write_text(leaf, encoding="ascii")
    run.restart("ca-simd")
    run.restart("cesd")
    login_fails(run, 60, r"SSL certificate problem: unable to get local issuer certificate\)")


@scenario("self-signed-iis", "6.2", "self-signed-iis")
def self_signed_iis(run):
    """IIS shows a certificate that it signed itself

    It was even uploaded as CAPF-trust. That does not help: the certificate of a server is not taken as its own issuer."""
    run.fault("tls-self-signed")
    shown = subprocess.run(["openssl", "s_client", "-connect", f"127.0.0.1:{run.lab.ca_port}"], stdin=subprocess.DEVNULL,
                           capture_output=True, text=True, timeout=30, check=False).stdout
    begin, end = shown.find("-----BEGIN CERTIFICATE-----"), shown.find("-----END CERTIFICATE-----")
    if begin < 0 or end < 0:
        raise ScenarioFailed("the web server shows no certificate")
    (run.pki("capf-trust") / "iis-self-signed.pem").write_text(shown[begin:end] + "-----END CERTIFICATE-----\n",
                                                              encoding="ascii")
    run.restart("cesd")
    run.says("cesd", r"holds the self-signed server certificate")
    login_fails(run, 60, r"SSL certificate problem: unable to get local issuer certificate\)")


@scenario("name-mismatch", "6.3", "name-mismatch")
def name_mismatch(run):
    """The certificate of IIS has the short name, CES asks for the full one

    The common name is 'lab-dc'; the service parameter, and so the URL, says lab-dc.example.test."""
    run.certificate_by_ca("iis", "/CN=lab-dc")
    run.restart("ca-simd")
    run.restart("cesd")
    login_fails(run, 51, r"SSL: certificate subject name 'lab-dc' does not match target host name 'lab-dc.example.test'\)")


@scenario("unresolvable-host", "6.4", "unresolvable-host")
def unresolvable_host(run):
    """The host name of the Online CA has a typo, so it cannot be resolved

    Online CA Hostname is lab-dcc.example.test. There is no such host."""
    run.overlay("cesd", {"ca": {"host": "lab-dcc.example.test"}})
    run.restart("cesd")
    login_fails(run, 6, r"Could not resolve: lab-dcc.example.test \(Domain name not found\)\)")


@scenario("ca-unreachable", "further", "ca-unreachable")
def ca_unreachable(run):
    """Nobody listens at the address of the CA's web server

    Online CA Port has a typo; a stopped IIS and a firewall that refuses look the same."""
    run.overlay("cesd", {"ca": {"port": 1}})
    run.restart("cesd")
    login_fails(run, 7, r"Failed to connect to \S+ port 1 after")


@scenario("connection-broken", "further", "connection-broken")
def connection_broken(run):
    """Something between CES and the CA ends the connection before TLS is agreed on

    A load balancer without a server behind it, an inspecting firewall, a web server that knows other TLS versions."""
    run.fault("close", "--phase", "connect")
    run.restart("cesd")
    login_fails(run, 35, r"OpenSSL SSL_connect: ")


@scenario("not-yet-valid", "6.5", "not-yet-valid")
def not_yet_valid(run):
    """The certificate of IIS begins in the future

    One of the two clocks is wrong: NTP is out of order on CUCM or on the CA."""
    run.fault("tls-not-yet-valid")
    run.restart("cesd")
    login_fails(run, 60, r"SSL certificate problem: certificate is not yet valid\)")


@scenario("expired", "6.5", "expired")
def expired(run):
    """The certificate of IIS has expired

    Nobody renewed it, or the clock of CUCM is in the future."""
    run.fault("tls-expired")
    run.restart("cesd")
    login_fails(run, 60, r"SSL certificate problem: certificate has expired\)")


@scenario("template-typo", "6.6", "template-misspelled")
def template_typo(run):
    """Online CA Template is misspelled

    Neither CAPF's nor CiscoRA's log says so. In error.log the log-in works, the request page comes, and then CES answers
    401 as if the password were wrong: the template is not in the list that the page offers."""
    run.overlay("cesd", {"ca": {"template": "CiscoRaa"}})
    run.restart("cesd")
    run.mark()
    refused_by_ca(run, "Upgrade Failed: CA Rejected Connection", r"login_to_certsrv_ca: Secure connection to MS CertServ completed",
                  r"navigate_to_certsrv_page: .*/certsrv/certrqxt.asp", r"HTTP authentication failed. Auth type=1",
                  r"EST error response code: 22 \(EST_ERR_AUTH_FAIL\)")
    run.says("cesd", r"template 'CiscoRaa' is not among the \d+ templates")
    run.says("iis", r"GET /certsrv/certrqxt.asp .* 200 ")
    run.silent("iis", "certfnsh")


@scenario("login-timeout", "6.7", "login-timeout")
def login_timeout(run):
    """The CA answers the log-in too late

    CES waits ten seconds (CSCvo58656 and CSCvf83629 ask for more). IIS thinks for a quarter of a minute."""
    run.fault("delay", "--url", "/certsrv", "--phase", "login", "--seconds", "15")
    run.restart("cesd")
    login_fails(run, 28, r"Operation timed out after 10\d\d\d milliseconds with 0 bytes received\)")


@scenario("chain-timeout", "6.8", "chain-timeout")
def chain_timeout(run):
    """The log-in works, but the CA's chain does not come in time

    CES asks for certnew.p7b when it starts and waits ten seconds for it. What the product's CES does without the chain is
    not public. Ours enrols phones all the same and asks for the chain again, so here the phone gets its certificate; who
    asks CES for the chain (EST cacerts) gets 503 until then."""
    run.fault("delay", "--url", "certnew.p7b", "--phase", "request", "--seconds", "15")
    run.restart("cesd")
    run.says("error", r"login_to_certsrv_ca: Secure connection to MS CertServ completed successfully")
    run.says("ciscora", r"retrieve_cacerts: Curl request failed with return code 28 "
             r"\(Operation timed out after 10\d\d\d milliseconds with 0 bytes received\)",
             r"retrieve_cacerts: URL used: https://.*/certsrv/certnew.p7b\?ReqID=CACert", NO_CHAIN)
    run.arm()
    run.installs()
    run.status("Upgrade Success")
    run.says("cesd", r"the chain of the CA 'ca' could not be fetched, /cacerts answers 503; trying again in \d+ s")


def slow_ca(run):
    """Two pages of six seconds each: every request of CES is in time, their sum is not. The product has no limit for the
    sum; that of OpenCAPF, which would end this before CAPF does, is out of the way here."""
    run.overlay("cesd", {"ca": {"total_timeout": 60}})
    run.restart("cesd")
    run.mark()
    run.fault("delay", "--url", "certfnsh.asp", "--phase", "request", "--seconds", "6")
    run.fault("delay", "--url", "certnew.cer", "--phase", "request", "--seconds", "6")
    run.arm()
    run.installs_nothing()
    run.status("Upgrade Failed: CA Communication Failure")
    run.says("capf", rf"{PHONE}:Calling enrollCertUsingEST\(\)",
             rf"{PHONE}:Enrollment rv = 35 \(EST_ERR_SSL_READ\) with pkcs7 length = 0", CAPF_ABORTS,
             rf"{PHONE}:Return value from enrollCertUsingEST\(\) : 35", rf"{PHONE}:Online Cert Signing Failed")


@scenario("capf-read-timeout", "6.9", "slow-ca")
def capf_read_timeout(run):
    """CAPF stops waiting while the CA still works, and a certificate is issued that nobody fetched

    CAPF gives an enrolment ten seconds. The CA is slow; it issues all the same. What it issued lies at the CA, and
    CES hands it out when the same request comes again."""
    slow_ca(run)
    run.says("iis", r"POST /certsrv/certfnsh.asp .* 200 ")
    issued = wait_until(lambda: [line for line in run.ctl("ca-simd", "ca", "list").stdout.splitlines()
                                 if "issued" in line.lower()], "the certificate at the CA")
    run.note("issued by the CA, fetched by nobody: capfctl ca list", *issued)


@scenario("est-http-write", "6.10", "slow-ca")
def est_http_write(run):
    """CES has the certificate, and CAPF has hung up

    The other end of the same story: CES finishes after CAPF's ten seconds and writes into a closed connection.
    One cause, two numbers: 35 in CAPF's trace, 10 in error.log (CSCvf83629)."""
    slow_ca(run)
    run.says("error", r"Enrollment failed with rc=10 \(EST_ERR_HTTP_WRITE\)",
             r"EST error response code: 10 \(EST_ERR_HTTP_WRITE\)",
             r"Incoming request failed rv=10 \(EST_ERR_HTTP_WRITE\)")


@scenario("wrong-ca-password", "further", "ca-credentials")
def wrong_ca_password(run):
    """The password of the Online CA's account was changed at the CA

    Somebody reset it in Active Directory; CUCM still has the old one."""
    secret = run.lab.dir / "secrets" / "ca-password"
    shutil.copy(secret, run.lab.dir / "secrets" / "old-password")
    run.overlay("cesd", {"credentials": {"password_file": "../secrets/old-password"}})
    run.overlay("capfd", {"est": {"password_file": "../secrets/old-password"}})
    run.restart("cesd")
    run.restart("capfd")
    secret.write_text("another password\n", encoding="ascii")
    run.restart("ca-simd")
    run.restart("cesd")
    run.says("ciscora", r"login_to_certsrv_ca: Curl call for MS CA login failed with return code 22 "
             r"\(The requested URL returned error: 401\)", NO_LOGIN, NO_CHAIN)
    refused_by_ca(run, "Upgrade Failed: CA Rejected Connection", r"login_to_certsrv_ca: .* return code 22 .*401",
                  r"HTTP authentication failed. Auth type=1", r"EST error response code: 22 \(EST_ERR_AUTH_FAIL\)")
    run.says("iis", r"GET /certsrv - .* 401 1 2148074252 ")


@scenario("locked-ca-account", "further", "ca-credentials")
def locked_ca_account(run):
    """The account that CES logs in with is locked

    Too many wrong passwords, perhaps from another machine that still has the old one. The password of CES is right, and
    the CA refuses it all the same."""
    run.ctl("ca-simd", "ca", "account", "set", "ciscora", "--state", "locked")
    run.restart("cesd")
    run.says("ciscora", r"login_to_certsrv_ca: Curl call for MS CA login failed with return code 22 "
             r"\(The requested URL returned error: 401\)", NO_LOGIN, NO_CHAIN)
    refused_by_ca(run, "Upgrade Failed: CA Rejected Connection", r"login_to_certsrv_ca: .* return code 22 .*401",
                  r"HTTP authentication failed. Auth type=1", r"EST error response code: 22 \(EST_ERR_AUTH_FAIL\)")
    run.says("iis", r"GET /certsrv - .* 401 1 2148074252 ")


@scenario("enroll-right-missing", "further", "template-not-offered")
def enroll_right_missing(run):
    """The account may log in, but not enrol for the template

    The right Enroll is missing on the template, so certsrv does not offer it to this account. CES cannot tell that from a
    misspelled name; the IIS log shows that the page came and nothing was submitted."""
    run.overlay("ca-simd", {"accounts": [{"name": "somebody-else", "password_file": "../secrets/ca-password"}],
                            "templates": [{"name": "CiscoRA", "enroll": ["somebody-else"]}]})
    run.restart("ca-simd")
    run.mark()
    refused_by_ca(run, "Upgrade Failed: CA Rejected Connection", r"navigate_to_certsrv_page: .*/certsrv/certrqxt.asp",
                  r"HTTP authentication failed. Auth type=1", r"EST error response code: 22 \(EST_ERR_AUTH_FAIL\)")
    run.silent("iis", "certfnsh")


@scenario("denied", "further", "denied")
def denied(run):
    """The CA denies the request

    Its policy does not want this request: the page says so, with a HRESULT."""
    run.fault("denied")
    refused_by_ca(run, "Upgrade Failed: CA Rejected Connection", r"navigate_to_certsrv_page: .*/certsrv/certrqxt.asp",
                  r"mg_send_http_error:\d+\]--> \[Error 403: Forbidden", r"request id \d+: Denied by Policy Module 0x80094012")
    run.says("cesd", r"answered 403: .*request id \d+: .*0x80094012")


@scenario("pending", "further", "pending")
def pending(run):
    """A CA manager has to approve the request first

    "CA certificate manager approval" is ticked on the template. The request waits at the CA; the phone gets nothing."""
    run.overlay("ca-simd", {"templates": [{"name": "CiscoRA", "manager_approval": True}]})
    run.restart("ca-simd")
    run.mark()
    run.arm()
    run.installs_nothing()
    run.status("Upgrade Failed: CA Rejected Connection")
    run.says("capf", rf"{PHONE}:Enrollment rv = 26 \(EST_ERR_CA_ENROLL_RETRY\)")
    run.says("cesd", r"answered 202: request id \d+: ")


@scenario("non-english-ca", "further", None)
def non_english_ca(run):
    """The CA's pages are German

    The product reads English pages only. CES of OpenCAPF looks for ids, addresses and numbers, so the phone gets
    its certificate; with the product it would not."""
    run.fault("other-language")
    run.arm()
    run.installs()
    run.status("Upgrade Success")
    run.says("iis", r"POST /certsrv/certfnsh.asp .* 200 ", r"GET /certsrv/certnew.cer .* 200 ")


@scenario("kerberos-only", "further", "ntlm-not-offered")
def kerberos_only(run):
    """IIS offers Negotiate only, and CES speaks NTLM

    Somebody took NTLM out of the providers of Windows authentication. The product cannot do Kerberos."""
    run.overlay("ca-simd", {"authentication": {"providers": ["Negotiate"]}})
    run.restart("ca-simd")
    run.restart("cesd")
    run.says("ciscora", r"login_to_certsrv_ca: Curl call for MS CA login failed with return code 22 "
             r"\(The requested URL returned error: 401\)", NO_LOGIN, NO_CHAIN)
    refused_by_ca(run, "Upgrade Failed: CA Rejected Connection", r"HTTP authentication failed. Auth type=1")
    run.says("iis", r"GET /certsrv - .* 401 2 5 ")


@scenario("no-key-encipherment", "further", "no-key-encipherment")
def no_key_encipherment(run):
    """The template leaves out keyEncipherment

    The installation succeeds and every log is content. Only the phone cannot register securely afterwards."""
    run.overlay("ca-simd", {"templates": [{"name": "CiscoRA", "key_usage": ["digitalSignature"]}]})
    run.restart("ca-simd")
    run.mark()
    run.arm()
    run.installs()
    run.status("Upgrade Success")
    run.says("cesd", r"has no keyEncipherment: phones will not register securely with it")
    usage = run.lab.run("openssl", "x509", "-in", run.lab.dir / "phones" / PHONE / f"{PHONE}.lsc.pem", "-noout", "-ext",
                        "keyUsage").stdout
    run.note("the certificate", *usage.splitlines())
