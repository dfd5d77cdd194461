// SPDX-License-Identifier: Apache-2.0

// Go with go-ntlmssp or Basic. See ../README.md.
package main

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"github.com/Azure/go-ntlmssp"
)

var (
	issued   = regexp.MustCompile(`certnew.cer\?ReqID=(\d+)&`)
	pending  = regexp.MustCompile(`Your Request Id is ([0-9]+)\.`)
	renewals = regexp.MustCompile(`var nRenewals=([0-9]+);`)
	code     = regexp.MustCompile(`disposition message is "[^"]*(0x[0-9a-f]{8})`)
	client   *http.Client
)

func fatal(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// send gives the body; kind is the media type a browser-class client wants.
func send(method, name, body, kind string) string {
	request, err := http.NewRequest(method, os.Getenv("CLIENT_BASE")+"/certsrv/"+name, strings.NewReader(body))
	fatal(err)
	request.SetBasicAuth(os.Getenv("CLIENT_USER"), os.Getenv("CLIENT_PASSWORD"))
	if agent := os.Getenv("CLIENT_AGENT"); agent != "" {
		request.Header.Set("User-Agent", agent)
	}
	if method == "POST" {
		request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	response, err := client.Do(request)
	fatal(err)
	defer response.Body.Close()
	text, err := io.ReadAll(io.LimitReader(response.Body, 1<<20))
	fatal(err)
	if response.StatusCode != 200 {
		fatal(fmt.Errorf("%s: %d", name, response.StatusCode))
	}
	if got := response.Header.Get("Content-Type"); kind != "" && os.Getenv("CLIENT_AGENT") != "" && got != kind {
		fatal(fmt.Errorf("%s is %s", name, got))
	}
	return string(text)
}

func found(expression *regexp.Regexp, page string) string {
	match := expression.FindStringSubmatch(page)
	if match == nil {
		fatal(fmt.Errorf("nothing like %s in %s", expression, page))
	}
	return match[1]
}

func keep(name, text string) {
	fatal(os.WriteFile(filepath.Join(os.Getenv("CLIENT_OUT"), name), []byte(text), 0o600))
}

func main() {
	pem, err := os.ReadFile(os.Getenv("CLIENT_CA"))
	fatal(err)
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(pem)
	var transport http.RoundTripper = &http.Transport{
		TLSClientConfig: &tls.Config{RootCAs: roots},
		TLSNextProto:    map[string]func(string, *tls.Conn) http.RoundTripper{}, // HTTP/1.1
	}
	if os.Getenv("CLIENT_AUTH") == "ntlm" {
		transport = ntlmssp.Negotiator{RoundTripper: transport}
	}
	client = &http.Client{Timeout: 20 * time.Second, Transport: transport}
	csr, err := os.ReadFile(os.Getenv("CLIENT_CSR"))
	fatal(err)
	for _, template := range strings.Fields(os.Getenv("CLIENT_TEMPLATES")) {
		form := url.Values{"Mode": {"newreq"}, "CertRequest": {string(csr)}, "TargetStoreFlags": {"0"},
			"CertAttrib": {"CertificateTemplate:" + template + "\r\n"}, "SaveCert": {"yes"}}
		page := send("POST", "certfnsh.asp", form.Encode(), "")
		switch {
		case issued.MatchString(page):
			id := found(issued, page)
			chain := "application/x-pkcs7-certificates"
			keep("cert.pem", send("GET", "certnew.cer?ReqID="+id+"&Enc=b64", "", "application/pkix-cert"))
			keep("chain.p7b", send("GET", "certnew.p7b?ReqID="+id+"&Enc=b64", "", chain))
			newest := found(renewals, send("GET", "certcarc.asp", "", ""))
			keep("ca.p7b", send("GET", "certnew.p7b?ReqID=CACert&Renewal="+newest+"&Enc=b64", "", chain))
			fmt.Println("issued", id)
		case strings.Contains(page, "Certificate Pending"):
			fmt.Println("pending", found(pending, page))
		default:
			fmt.Println("denied", found(code, page))
		}
	}
}
