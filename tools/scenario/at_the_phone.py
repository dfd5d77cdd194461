# SPDX-License-Identifier: Apache-2.0
"""What goes wrong between the phone and CAPF."""
from engine import BIN, PHONE, scenario


@scenario("wrong-string", "further", "wrong-string")
def wrong_string(run):
    """The authentication string on the phone is wrong

    Somebody typed it from memory. The operation stays armed: it may be typed again."""
    run.arm(auth="string", string="8420661357")
    run.installs_nothing(string="1111122222")
    run.status("Invalid Authentication String")
    run.says("capf", rf"{PHONE}:Authentication string does not match",
             r"=>DbStatus=CERT_STATUS_UPGRADE_FAILED_INVALID_AUTHENTICATION_STRING")
    run.silent("iis", "certsrv")


@scenario("lock-out", "further", "locked-out")
def lock_out(run):
    """Ten wrong authentication strings: the phone is locked for ten minutes

    Even the right string is refused then."""
    run.arm(auth="string", string="8420661357")
    for number in range(10):
        run.shown = [] if number else run.shown
        run.installs_nothing(string=f"111112222{number}")
    run.installs_nothing(string="8420661357")
    run.status("Invalid Authentication String")
    run.says("capf", rf"{PHONE}:too many wrong authentication strings, the device is locked")


@scenario("late-phone", "further", "late-phone")
def late_phone(run):
    """The phone came after the operation's deadline

    "Operation Completes By" is in the past: the phone was switched off for a month."""
    run.arm(by="2019:01:20:12:00")
    run.installs_nothing()
    run.status("Upgrade Failed: User Initiated Request Late/Timedout")
    run.says("capf", rf"{PHONE}:Operation Should Finish By 2019:01:20:12:00, too late",
             r"SetOperationStatus\(Failure:CAPF_OP_FAIL_LATE_REQUEST\):11")


def make_mic(run):
    (run.lab.dir / "phones" / PHONE).mkdir(parents=True, exist_ok=True)
    run.lab.run(BIN / "phone-sim", "mic", PHONE, "--ca-cert", run.pki("manufacturing-ca.pem"), "--ca-key",
                run.pki("manufacturing-ca.key"), "--store", run.lab.dir / "phones" / PHONE)


@scenario("untrusted-lsc", "further", "untrusted-lsc")
def untrusted_lsc(run):
    """The phone shows an LSC whose issuer CAPF does not trust any more

    The CA above the phones' certificates was removed from CAPF-trust, so what the phone has proves nothing."""
    run.arm()
    run.installs()
    run.overlay("capfd", {"phone_trust": run.trust_directory("phones-without-ca", run.pki("manufacturing-ca.pem"))})
    run.restart("capfd")
    run.mark()
    run.lab.arm(PHONE, auth="lsc")
    run.installs_nothing("--auth", "lsc")
    run.status("Invalid LSC")
    run.says("capf", rf"{PHONE}:existing certificate .* issued by .*: unable to get",
             r"SetOperationStatus\(Failure:CAPF_OP_FAIL_INVALID_LSC\):4")


@scenario("untrusted-mic", "further", "untrusted-mic")
def untrusted_mic(run):
    """The phone shows its factory certificate, and CAPF does not trust the factory

    The manufacturing CA is missing in CAPF-trust: a newer phone, and an older CUCM."""
    make_mic(run)
    run.overlay("capfd", {"phone_trust": run.trust_directory("phones-without-factory", run.pki("root.pem"))})
    run.restart("capfd")
    run.mark()
    run.arm(auth="mic")
    run.installs_nothing("--auth", "mic")
    run.status("Invalid MIC")
    run.says("capf", rf"{PHONE}:existing certificate .* issued by .*: unable to get",
             r"SetOperationStatus\(Failure:CAPF_OP_FAIL_INVALID_MIC\):5")


@scenario("no-certificate-on-phone", "further", "no-certificate-on-phone")
def no_certificate_on_phone(run):
    """The phone shall authenticate with a certificate and has none

    A new Jabber has neither an LSC nor a MIC: By Existing Certificate cannot work for it."""
    run.arm(auth="lsc")
    run.installs_nothing("--auth", "lsc", profile="jabber")
    run.status("Operation Pending")
    run.says("capf", r"MsgType : CAPF_MSG_AUTH_REQ", r"Protocol error: closed by the peer")


@scenario("phone-vanishes", "further", "phone-vanished")
def phone_vanishes(run):
    """The phone goes away in the middle

    It lost its power or its network after it had sent its key."""
    run.arm()
    run.installs_nothing("--fault", "disconnect-after:3")
    run.status("Upgrade Failed: Phone Communication Failure")
    run.says("capf", rf"{PHONE}:Received public key", rf"{PHONE}:Protocol error: closed by the peer",
             r"SetOperationStatus\(Failure:CAPF_OP_FAIL_PHONE_COMM_ERROR\):7")


@scenario("slow-key", "further", "slow-key", minutes=True)
def slow_key(run):
    """The phone needs too long for its key

    An old phone with a large key: minutes, and CAPF does not wait that long. (One minute here, thirty by default.)"""
    run.overlay("capfd", {"service_parameters": {"maximum_allowable_time_for_key_generation": 1,
                                                 "maximum_allowable_attempts_for_key_generation": 1}})
    run.restart("capfd")
    run.mark()
    run.arm()
    run.installs_nothing("--key-delay", "90")
    run.status("Upgrade Failed: Key Generation Failed/Timeout")
    run.says("capf", rf"{PHONE}:CAPF CORE: Rcvd Event: CAPF_EV_REQ_IN_PROGRESS",
             rf"{PHONE}:Protocol error: the peer did not answer in time",
             r"SetOperationStatus\(Failure:CAPF_OP_FAIL_OP_TIMED_OUT\):8")


@scenario("ec-only-old-phone", "further", "ec-unsupported")
def ec_only_old_phone(run):
    """An EC key was asked for, and the phone's firmware knows RSA only

    Key Order is "EC only"; the phone speaks an older version of CAPF's protocol."""
    run.overlay("capfd", {"service_parameters": {"certificate_issuer_to_endpoint": "capf"}})
    run.restart("capfd")
    run.mark()
    run.arm(key_order="ec")
    run.installs_nothing(profile="7900")
    run.status("Upgrade Failed: No Support for EC only in CAPF version 3")
    run.says("capf", r"SetOperationStatus\(Failure:CAPF_OP_FAIL_NO_EC_SUPPORT\):12")


@scenario("rotated-capf-certificate", "further", "capf-untrusted")
def rotated_capf_certificate(run):
    """CAPF's certificate was made anew, and the phone has the old one in its ITL

    The phone ends the TLS handshake by itself; CAPF sees a failed handshake and no name."""
    run.arm()
    old = run.pki("capf-old.pem")
    old.write_bytes(run.pki("capf.pem").read_bytes())
    run.setup_pki("pki_capf", run.pki("capf.pem"), run.pki("capf.key"), "lab-cucm.example.test")
    run.restart("capfd")
    run.mark()
    run.installs_nothing(trust=old)
    run.status("Operation Pending")
    run.says("capf", r"TLS handshake with .* failed: .*alert bad certificate|alert unknown ca")


@scenario("nothing-to-fetch", "further", "no-certificate-to-fetch")
def nothing_to_fetch(run):
    """Troubleshoot was asked for, and the phone has no LSC

    The operation succeeds: that the phone has no certificate is what it was to find out."""
    run.lab.add(PHONE)
    run.lab.capfctl("device", "arm", PHONE, "--operation", "troubleshoot", "--auth", "null")
    run.phone()
    run.status("Troubleshoot Success")
    run.says("capf", rf"{PHONE}:The phone has no ", r"SetOperationStatus\(Success:CAPF_FETCH_SUCCESS_BUT_NO_CERT\):1")
