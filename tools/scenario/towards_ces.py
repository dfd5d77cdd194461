# SPDX-License-Identifier: Apache-2.0
"""What goes wrong between CAPF and CES, or because of what CAPF was told to do."""
from engine import PHONE, scenario
from towards_the_ca import CAPF_ABORTS


@scenario("ces-down", "further", "ces-down")
def ces_down(run):
    """CES does not run

    The service "Cisco Certificate Enrollment Service" was never activated, or has stopped."""
    run.stop("cesd")
    run.arm()
    run.installs_nothing()
    run.status("Upgrade Failed: CA Communication Failure")
    run.says("capf", rf"{PHONE}:Enrollment rv = 43 \(EST_ERR_IP_CONNECT\) with pkcs7 length = 0", CAPF_ABORTS,
             rf"{PHONE}:Return value from enrollCertUsingEST\(\) : 43", rf"{PHONE}:Online Cert Signing Failed")


@scenario("ces-untrusted", "further", "ces-untrusted")
def ces_untrusted(run):
    """CAPF does not trust the certificate of CES

    The certificate of CES was made anew, and CAPF still knows the old one."""
    run.setup_pki("pki_ces", run.pki("ces.pem"), run.pki("ces.key"), run.pki("new-ces-ca.pem"), "lab-cucm.example.test")
    run.restart("cesd")
    run.arm()
    run.installs_nothing()
    run.status("Upgrade Failed: CA Communication Failure")
    run.says("capf", rf"{PHONE}:Enrollment rv = 38 \(EST_ERR_SSL_CONNECT\) with pkcs7 length = 0", CAPF_ABORTS,
             rf"{PHONE}:Return value from enrollCertUsingEST\(\) : 38")


@scenario("ec-with-online-ca", "further", "ec-with-online-ca")
def ec_with_online_ca(run):
    """An EC key was asked for, and the Online CA takes RSA keys only

    Key Order is "EC only" while the LSC comes from an Online CA, which the product does not support."""
    run.lab.add(PHONE)
    run.lab.arm(PHONE, key_order="ec")
    run.installs_nothing()
    run.status("Upgrade Failed: CA Rejected Connection")
    run.says("capf", rf"{PHONE}:Requesting key generation, EC", rf"{PHONE}:Enrollment rv = \d+ \(EST_ERR_\w+\)", CAPF_ABORTS)
    run.says("cesd", r"answered 400: .*request id \d+: .*0x80094811")


@scenario("unknown-device", "further", "unknown-device")
def unknown_device(run):
    """CAPF does not know the phone

    It was deleted in CUCM, or its name is misspelled there; the phone in the cupboard still has the old one."""
    run.installs_nothing()
    run.has_no_status()
    run.says("capf", rf"{PHONE}:Device not found in the database")


@scenario("nothing-pending", "further", "nothing-pending")
def nothing_pending(run):
    """Nobody asked for a certificate

    Certificate Operation is "No Pending Operation": the phone asks, and there is nothing to do."""
    run.lab.add(PHONE)
    run.installs_nothing()
    run.status("None")
    run.says("capf", rf"{PHONE}:No pending operation for the device")
