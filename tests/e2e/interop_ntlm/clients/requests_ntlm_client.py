# SPDX-License-Identifier: Apache-2.0
"""requests-ntlm against one URL after the other on one session: URL... ; user, password and CA file from CLIENT_*."""
import os
import sys

import requests
from requests_ntlm import HttpNtlmAuth

session = requests.Session()
session.auth = HttpNtlmAuth(os.environ["CLIENT_USER"], os.environ["CLIENT_PASSWORD"])
session.verify = os.environ["CLIENT_CA"]
session.trust_env = False
for url in sys.argv[1:]:
    print(session.get(url, allow_redirects=False, timeout=20).status_code)
