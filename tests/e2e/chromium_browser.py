# SPDX-License-Identifier: Apache-2.0
"""Headless Chromium driven over the DevTools protocol on a pipe: no driver, no library, what a person does and sees."""
import base64
import json
import os
import pathlib
import select
import shutil
import subprocess
import time

SECONDS = 30
KEYS = {"Tab": ("Tab", 9, None), "Enter": ("Enter", 13, "\r"), "Space": (" ", 32, " "),
        "ArrowDown": ("ArrowDown", 40, None), "ArrowUp": ("ArrowUp", 38, None)}


def installed():
    return shutil.which("chromium") is not None and shutil.which("certutil") is not None


class Browser:
    """One window. `credentials` answers log-in prompts, first to last; when none is left the prompt is cancelled."""

    def __init__(self, home, ca_file):
        self.home = pathlib.Path(home)
        self.downloads = self.home / "downloads"
        self.downloads.mkdir(parents=True)
        self.credentials = []
        self.prompts = []
        self.messages = []
        self.posts = []  # bodies of everything the browser sent
        self._began = {}
        self._finished = {}
        self._responses = []
        self._loads = 0
        self._number = 0
        self._answers = {}
        self._buffer = b""
        self._session = None
        nss = self.home / ".pki" / "nssdb"
        nss.mkdir(parents=True)
        subprocess.run(["certutil", "-d", f"sql:{nss}", "-N", "--empty-password"], check=True, capture_output=True)
        subprocess.run(["certutil", "-d", f"sql:{nss}", "-A", "-n", "lab", "-t", "C,,", "-i", ca_file], check=True,
                       capture_output=True)
        self._start()

    def _start(self):
        to_browser, self._out = os.pipe()
        self._in, from_browser = os.pipe()

        def wire():  # the browser reads from 3 and writes to 4
            low, high = os.dup(to_browser), os.dup(from_browser)
            os.dup2(low, 3)
            os.dup2(high, 4)

        environment = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
        environment.update(HOME=str(self.home), XDG_CONFIG_HOME=str(self.home), XDG_CACHE_HOME=str(self.home))
        self.errors = open(self.home / "chromium.log", "wb")
        self.process = subprocess.Popen(
            ["chromium", "--headless=new", "--no-sandbox", "--remote-debugging-pipe", "--no-first-run",
             "--disable-gpu", "--disable-dev-shm-usage", "--disable-background-networking", "--no-proxy-server",
             "--disable-component-update", "--hide-scrollbars", f"--user-data-dir={self.home / 'profile'}",
             "about:blank"],
            env=environment, stdin=subprocess.DEVNULL, stdout=self.errors, stderr=self.errors, close_fds=False,
            preexec_fn=wire)
        os.close(to_browser)
        os.close(from_browser)
        targets = self.wait(lambda: [target for target in self._call("Target.getTargets")["targetInfos"]
                                      if target["type"] == "page"], "a window")
        self._session = self._call("Target.attachToTarget", targetId=targets[0]["targetId"], flatten=True)["sessionId"]
        for domain in ("Page", "Network", "Runtime", "DOM", "Accessibility", "Log"):
            self.call(f"{domain}.enable")
        self.call("Fetch.enable", handleAuthRequests=True)
        self._call("Browser.setDownloadBehavior", behavior="allow", downloadPath=str(self.downloads),
                   eventsEnabled=True)

    def close(self):
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        os.close(self._in)
        os.close(self._out)
        self.errors.close()

    # Protocol -----------------------------------------------------------------------------------------------------

    def _send(self, method, params, session):
        self._number += 1
        message = {"id": self._number, "method": method, "params": params}
        if session:
            message["sessionId"] = session
        os.write(self._out, json.dumps(message).encode() + b"\0")
        return self._number

    def _call(self, method, **params):
        return self._finish(self._send(method, params, None), method)

    def call(self, method, **params):
        return self._finish(self._send(method, params, self._session), method)

    def _finish(self, number, method):
        self.wait(lambda: number in self._answers, method)
        answer = self._answers.pop(number)
        if "error" in answer:
            raise AssertionError(f"{method}: {answer['error']}")
        return answer["result"]

    def wait(self, condition, what):
        deadline = time.monotonic() + SECONDS
        while True:
            value = condition()
            if value:
                return value
            if time.monotonic() > deadline or self.process.poll() is not None:
                tail = (self.home / "chromium.log").read_text(errors="replace")[-2000:]
                raise AssertionError(f"Chromium: {what}: not within {SECONDS} s\n{tail}")
            if select.select([self._in], [], [], 0.1)[0]:
                self._buffer += os.read(self._in, 1 << 20)
                *whole, self._buffer = self._buffer.split(b"\0")
                for text in whole:
                    self._take(json.loads(text))

    def _take(self, message):
        if "id" in message:
            self._answers[message["id"]] = message
            return
        params = message["params"]
        event = getattr(self, "_on_" + message["method"].replace(".", "_"), None)
        if event:
            event(params)

    def _on_Fetch_requestPaused(self, params):
        self._send("Fetch.continueRequest", {"requestId": params["requestId"]}, self._session)

    def _on_Fetch_authRequired(self, params):
        self.prompts.append(params["authChallenge"])
        answer = {"response": "CancelAuth"}
        if self.credentials:
            user, password = self.credentials.pop(0)
            answer = {"response": "ProvideCredentials", "username": user, "password": password}
        self._send("Fetch.continueWithAuth", {"requestId": params["requestId"], "authChallengeResponse": answer},
                   self._session)

    def _on_Page_loadEventFired(self, _):
        self._loads += 1

    def _on_Network_requestWillBeSent(self, params):
        self.posts.append(params["request"].get("postData", ""))

    def _on_Network_responseReceived(self, params):
        self._responses.append(params)

    def _on_Runtime_exceptionThrown(self, params):
        self.messages.append(json.dumps(params["exceptionDetails"])[:500])

    def _on_Log_entryAdded(self, params):
        entry = params["entry"]
        if entry["level"] == "error" and "favicon" not in entry.get("url", "") and "401" not in entry["text"]:
            self.messages.append(f"{entry['text']} {entry.get('url', '')}")

    def _on_Browser_downloadWillBegin(self, params):
        self._began[params["guid"]] = params

    def _on_Browser_downloadProgress(self, params):
        if params["state"] != "inProgress":
            self._finished[params["guid"]] = params["state"]

    # What a person does -------------------------------------------------------------------------------------------

    def loading(self, action):
        """Does something and waits for the page it leads to."""
        before = self._loads
        self._responses.clear()
        action()
        self.wait(lambda: self._loads > before, "the next page")

    def goto(self, url):
        self.loading(lambda: self.call("Page.navigate", url=url))

    def click(self, selector):
        spot = self.js(f"(() => {{ const e = document.querySelector({json.dumps(selector)});"
                       "e.scrollIntoView({block: 'center'}); const r = e.getClientRects()[0];"
                       "return [r.x + Math.min(r.width, 60) / 2, r.y + r.height / 2]; })()")
        for kind in ("mousePressed", "mouseReleased"):
            self.call("Input.dispatchMouseEvent", type=kind, x=spot[0], y=spot[1], button="left", clickCount=1)

    def follow(self, selector):
        self.loading(lambda: self.click(selector))

    def type(self, text):
        self.call("Input.insertText", text=text)

    def press(self, name, shift=False):
        key, code, text = KEYS[name]
        common = {"key": key, "code": name, "windowsVirtualKeyCode": code, "modifiers": 8 if shift else 0}
        self.call("Input.dispatchKeyEvent", type="keyDown", **common, **({"text": text} if text else {}))
        self.call("Input.dispatchKeyEvent", type="keyUp", **common)

    def tab_to(self, element_id):
        """Presses Tab until the element has the focus, and looks whether the focus can be seen on each stop."""
        for _ in range(40):
            self.press("Tab")
            at = self.js("(() => { const e = document.activeElement; const s = getComputedStyle(e);"
                         "return [e.id, e.tagName, s.outlineStyle, parseFloat(s.outlineWidth)]; })()")
            if at[1] != "BODY" and (at[2] == "none" or at[3] < 2):
                raise AssertionError(f"the focus on {at} cannot be seen")
            if at[0] == element_id:
                return
        raise AssertionError(f"no way to {element_id} with the Tab key")

    def choose(self, selector, text):
        """Chooses the option with this text as the list's keyboard would."""
        self.js(f"(() => {{ const list = document.querySelector({json.dumps(selector)});"
                f"list.selectedIndex = [...list.options].findIndex(o => o.text == {json.dumps(text)});"
                "list.dispatchEvent(new Event('change', {bubbles: true})); })()")

    def download(self, action):
        """(file name, content) of the download that an action starts."""
        before = set(self._began)
        action()
        guid = self.wait(lambda: set(self._began) - before, "a download").pop()
        self.wait(lambda: guid in self._finished, "the end of the download")
        if self._finished[guid] != "completed":
            raise AssertionError(f"the download was {self._finished[guid]}")
        begun = self._began[guid]
        path = self.downloads / begun["suggestedFilename"]
        content = path.read_bytes()
        path.unlink()
        return begun["suggestedFilename"], content

    # What a person sees -------------------------------------------------------------------------------------------

    def js(self, expression):
        result = self.call("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in result:
            raise AssertionError(json.dumps(result["exceptionDetails"])[:2000])
        return result["result"].get("value")

    @property
    def text(self):
        return self.js("document.body.innerText")

    @property
    def heading(self):
        return self.js("document.getElementById('locPageTitle').innerText.trim()")

    @property
    def status(self):
        return [entry["response"]["status"] for entry in self._responses if entry["type"] == "Document"][-1]

    def size(self, width, height, phone=False):
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=phone)

    def screenshot(self, path):
        data = self.call("Page.captureScreenshot", format="png", captureBeyondViewport=True)["data"]
        pathlib.Path(path).write_bytes(base64.b64decode(data))

    def tree(self):
        """(role, name, level) of everything assistive technology is told of, in reading order."""
        nodes = {node["nodeId"]: node for node in self.call("Accessibility.getFullAXTree")["nodes"]}
        found = []

        def walk(node):
            if not node.get("ignored"):
                level = [p["value"]["value"] for p in node.get("properties", []) if p["name"] == "level"]
                found.append((node["role"]["value"], node.get("name", {}).get("value", ""), *level))
            for child in node.get("childIds", []):
                if child in nodes:
                    walk(nodes[child])

        walk(next(node for node in nodes.values() if "parentId" not in node))
        return found
