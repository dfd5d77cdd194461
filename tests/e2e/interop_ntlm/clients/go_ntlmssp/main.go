// SPDX-License-Identifier: Apache-2.0

// go-ntlmssp: URL... ; user, password and CA file from CLIENT_*.
package main

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net/http"
	"os"
	"time"

	"github.com/Azure/go-ntlmssp"
)

func fatal(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func main() {
	pem, err := os.ReadFile(os.Getenv("CLIENT_CA"))
	fatal(err)
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(pem)
	client := &http.Client{
		Timeout: 20 * time.Second,
		Transport: ntlmssp.Negotiator{RoundTripper: &http.Transport{
			TLSClientConfig: &tls.Config{RootCAs: roots},
			TLSNextProto:    map[string]func(string, *tls.Conn) http.RoundTripper{}, // HTTP/1.1
		}},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	for _, url := range os.Args[1:] {
		request, err := http.NewRequest("GET", url, nil)
		fatal(err)
		request.SetBasicAuth(os.Getenv("CLIENT_USER"), os.Getenv("CLIENT_PASSWORD"))
		response, err := client.Do(request)
		fatal(err)
		_, err = io.Copy(io.Discard, response.Body)
		fatal(err)
		response.Body.Close()
		fmt.Println(response.StatusCode)
	}
}
