// SPDX-License-Identifier: Apache-2.0
// Node with axios-ntlm or httpntlm (CLIENT_LIBRARY), or axios with Basic. See README.md; NODE_PATH finds the packages.
'use strict';
const fs = require('fs');
const https = require('https');
const path = require('path');

const env = process.env;
const [domain, user] = env.CLIENT_USER.split('\\');
const agent = new https.Agent({ keepAlive: true, ca: fs.readFileSync(env.CLIENT_CA) });

// (method, name, body, wanted content type) => text
function transport() {
  const headers = env.CLIENT_AGENT ? { 'User-Agent': env.CLIENT_AGENT } : {};
  const form = { 'Content-Type': 'application/x-www-form-urlencoded' };
  if (env.CLIENT_LIBRARY === 'httpntlm') {
    const httpntlm = require('httpntlm');
    return (method, name, body) => new Promise((resolve, reject) => httpntlm[method]({
      url: `${env.CLIENT_BASE}/certsrv/${name}`, username: user, password: env.CLIENT_PASSWORD, domain,
      workstation: '', agent, body, headers: { ...headers, ...(body ? form : {}) },
    }, (error, answer) => (error ? reject(error) : resolve({ status: answer.statusCode, text: String(answer.body),
      type: answer.headers['content-type'] }))));
  }
  const common = { baseURL: `${env.CLIENT_BASE}/certsrv/`, httpsAgent: agent, headers, proxy: false, responseType: 'text' };
  const client = env.CLIENT_AUTH === 'ntlm'
    ? require('axios-ntlm').NtlmClient({ username: user, password: env.CLIENT_PASSWORD, domain }, common)
    : require('axios').create({ ...common, auth: { username: env.CLIENT_USER, password: env.CLIENT_PASSWORD } });
  return async (method, name, body) => {
    const answer = await client.request({ method, url: name, data: body, headers: body ? form : {} });
    return { status: answer.status, text: answer.data, type: answer.headers['content-type'] };
  };
}

const send = transport();

async function fetchText(name, type) {
  const answer = await send('get', name);
  if (answer.status !== 200) throw new Error(`${name}: ${answer.status}`);
  if (type && env.CLIENT_AGENT && answer.type !== type) throw new Error(`${name} is ${answer.type}`);
  return answer.text;
}

async function main() {
  const keep = (name, text) => fs.writeFileSync(path.join(env.CLIENT_OUT, name), text);
  for (const template of env.CLIENT_TEMPLATES.split(' ')) {
    const page = (await send('post', 'certfnsh.asp', new URLSearchParams({
      Mode: 'newreq', CertRequest: fs.readFileSync(env.CLIENT_CSR, 'ascii'),
      CertAttrib: `CertificateTemplate:${template}\r\n`, TargetStoreFlags: '0', SaveCert: 'yes',
    }).toString())).text;
    const issued = page.match(/certnew\.cer\?ReqID=(\d+)&/);
    const pending = page.match(/Your Request Id is (\d+)\./);
    if (issued) {
      const chain = 'application/x-pkcs7-certificates';
      keep('cert.pem', await fetchText(`certnew.cer?ReqID=${issued[1]}&Enc=b64`, 'application/pkix-cert'));
      keep('chain.p7b', await fetchText(`certnew.p7b?ReqID=${issued[1]}&Enc=b64`, chain));
      const renewals = (await fetchText('certcarc.asp')).match(/var nRenewals=([0-9]+);/)[1];
      keep('ca.p7b', await fetchText(`certnew.p7b?ReqID=CACert&Renewal=${renewals}&Enc=b64`, chain));
      console.log(`issued ${issued[1]}`);
    } else if (page.includes('Certificate Pending')) {
      console.log(`pending ${pending[1]}`);
    } else {
      console.log(`denied ${page.match(/disposition message is "[^"]*(0x[0-9a-f]{8})/)[1]}`);
    }
  }
  agent.destroy();
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
