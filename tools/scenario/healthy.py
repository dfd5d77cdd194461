# SPDX-License-Identifier: Apache-2.0
"""Nothing goes wrong: what the logs look like then, to compare the others with."""
from engine import PHONE, scenario


@scenario("healthy", "5.3", None)
def healthy(run):
    """Everything works: the phone gets its certificate

    The chain as it should be. Read this one first, then the others show where they differ."""
    run.arm()
    run.installs()
    run.status("Upgrade Success")
    run.says("capf", r"OnlineCAInit\(\) Online CA hostname is ", r"OnlineCAInit\(\) Online CA Port : ",
             r"OnlineCAInit\(\) Online CA Template is ", r"Cisco RA Service Start Initiated", r"Inside setUpESTClient",
             r"CA Credentials retrieved", r"EST set server details success!!", since_start=True)
    run.says("capf", rf"{PHONE}:CA Mode is OnlineCA, Initiating Automatic Certificate Enrollment",
             rf"{PHONE}:Enrollment rv = 0 \(EST_ERR_NONE\) with pkcs7 length = \d+",
             rf"{PHONE}:Online Cert Signing successful", rf"{PHONE}:Sending STORE_CERT_REQ msg",
             r"=>DbStatus=CERT_STATUS_UPGRADE_SUCCESS")
    run.says("ciscora", r"pop_enabled off in nginx.conf", r"nginx server PID value", since_start=True)
    run.says("error", r"CA Cert chain retrieved from CA, will be passed to EST", since_start=True)
    run.says("error", r"login_to_certsrv_ca: Secure connection", r"navigate_to_certsrv_page: .*/certrqxt.asp",
             r"login_to_certsrv_ca: Secure connection")
    run.says("iis", r"GET /certsrv - .* 401 1 ", r"GET /certsrv - .* 301 ", r"GET /certsrv/certrqxt.asp .* 200 ",
             r"POST /certsrv/certfnsh.asp .* 200 ", r"GET /certsrv/certnew.cer .* 200 ")
