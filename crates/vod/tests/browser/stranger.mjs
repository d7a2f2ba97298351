// A page of another origin, in Chromium, that tries to reach a running local platform: it must reach nothing.
//
//   VOD_STATUS="$(vod local status --json)" node stranger.mjs ADDRESS
//
// ADDRESS is that of a published video's playlist. The page even knows the ports, the names and the token, which a real one would
// have to find out. `NODE_MODULES` names the folder with playwright-core.

import { createHash, createHmac } from 'node:crypto';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { join } from 'node:path';

const { session, deployment } = JSON.parse(process.env.VOD_STATUS);
const [published] = process.argv.slice(2);
const { chromium } = createRequire(join(process.env.NODE_MODULES ?? process.cwd(), 'x'))('playwright-core');

const { ports, keys, role } = session;
const [emulator, transcoder, packaging, player] = [ports.aws, ports.mediaconvert, ports.mediapackage, ports.player].map(
  (port) => `http://127.0.0.1:${port}`,
);
const { CloudFrontDomain: domain, DestinationBucket: bucket } = deployment.outputs;
const object = `${bucket}${new URL(published).pathname}`;

/** Where the page comes from: a name of its own, which leads here as a rebound one would. */
const EVIL = 'evil.example';
// The browser's own guard of the local network is left out: others have none.
const FLAGS = [
  '--disable-gpu',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-features=LocalNetworkAccessChecks,BlockInsecurePrivateNetworkRequests,PrivateNetworkAccessSendPreflights',
  `--host-resolver-rules=MAP ${EVIL} 127.0.0.1, MAP ${domain} 127.0.0.1`,
];

const failures = [];
function expect(condition, what) {
  if (!condition) failures.push(what);
}

/** What a service of the platform answers to its user, who signs. */
async function signed(service, path) {
  const hash = (text) => createHash('sha256').update(text).digest('hex');
  const hmac = (key, text) => createHmac('sha256', key).update(text).digest();
  const time = new Date().toISOString().replace(/[-:]|\.\d+/g, '');
  const [day, host] = [time.slice(0, 8), new URL(emulator).host];
  const scope = `${day}/${role.region}/${service}/aws4_request`;
  const request = ['GET', path, '', `host:${host}`, `x-amz-date:${time}`, '', 'host;x-amz-date', hash('')].join('\n');
  const key = [role.region, service, 'aws4_request'].reduce(hmac, hmac(`AWS4${keys.secret_access_key}`, day));
  const signature = hmac(key, ['AWS4-HMAC-SHA256', time, scope, hash(request)].join('\n')).toString('hex');
  const answer = await fetch(emulator + path, {
    headers: {
      'x-amz-date': time,
      authorization: `AWS4-HMAC-SHA256 Credential=${keys.access_key_id}/${scope}, SignedHeaders=host;x-amz-date, Signature=${signature}`,
    },
  });
  if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
  return answer.text();
}

/** What a page could change: the functions, the jobs, the assets, the published video. */
async function state() {
  const functions = JSON.parse(await signed('lambda', '/2015-03-31/functions')).Functions.map((one) => one.FunctionName);
  const own = { headers: { authorization: 'AWS4-HMAC-SHA256 a test' } };
  const jobs = await (await fetch(`${transcoder}/${keys.token}/2017-08-29/jobs`, own)).json();
  const assets = await (await fetch(`${packaging}/${keys.token}/assets`)).json();
  const video = await (await fetch(published)).text();
  return JSON.stringify({ functions: functions.sort(), jobs: jobs.jobs.map((job) => job.id), assets, video });
}

const code = JSON.stringify({
  FunctionName: 'evil',
  Runtime: 'python3.12',
  Handler: 'index.handler',
  Role: `arn:aws:iam::${role.account}:role/evil`,
  Code: { ZipFile: 'UEsFBgAAAAAAAAAAAAAAAAAAAAAAAA==' },
});
const query = (key, service) =>
  `X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=${key}%2F20260101%2F${role.region}%2F${service}%2Faws4_request` +
  '&X-Amz-Date=20260101T000000Z&X-Amz-Expires=604800&X-Amz-SignedHeaders=host&X-Amz-Signature=0';
const text = { 'content-type': 'text/plain' };
const form = { 'content-type': 'application/x-www-form-urlencoded' };
const functions = `${emulator}/2015-03-31/functions`;
const jobs = `${transcoder}/${keys.token}/2017-08-29/jobs`;
/** What the page sends by script, once so that it may read the answer, and once without asking whether it may. */
const requests = [
  ['POST', functions, text, code],
  ['POST', `${functions}?${query('test', 'lambda')}`, text, code],
  ['POST', `${functions}?${query(keys.access_key_id, 'lambda')}`, text, code],
  ['POST', `${functions}/vod-input-validate/invocations`, text, '{}'],
  ['POST', `${emulator}/`, form, 'Action=CreateUser&UserName=evil&Version=2010-05-08'],
  ['POST', `${emulator}/?${query('test', 'iam')}&Action=CreateUser&UserName=evil&Version=2010-05-08`, text, ''],
  ['POST', `${emulator}/_ministack/reset`, text, ''],
  ['POST', `${emulator}/_ministack/config`, text, '{}'],
  ['GET', `${emulator}/_ministack/health`, {}],
  ['GET', `${emulator}/${object}`, {}],
  ['GET', `${emulator}/${object}?${query('test', 's3')}`, {}],
  ['GET', published, {}],
  ['POST', `${player}/_ministack/reset`, text, ''],
  ['POST', player, text, ''],
  ['GET', `${player}/catalogue/0.json`, {}],
  ['GET', jobs, {}],
  ['POST', jobs, text, '{}'],
  ['POST', `${transcoder}/2017-08-29/jobs`, text, '{}'],
  ['GET', `${transcoder}/health`, {}],
  ['GET', `${packaging}/${keys.token}/assets`, {}],
  ['POST', `${packaging}/${keys.token}/assets`, text, '{"id":"evil","packagingGroupId":"g","sourceArn":"a","sourceRoleArn":"r"}'],
];
/** What it sends only after asking whether it may. */
const asking = [
  ['POST', jobs, { authorization: 'AWS4-HMAC-SHA256 x' }, '{}'],
  ['DELETE', `${packaging}/${keys.token}/assets/x`, {}],
  ['PUT', `${emulator}/${bucket}/evil.html`, text, 'evil'],
  ['POST', `${emulator}/`, { 'x-amz-target': 'AWSStepFunctions.ListStateMachines' }, '{}'],
];
/** What it loads without a script. */
const loads = { img: `${emulator}/${object}`, script: `${player}/player/main.js`, video: published, iframe: `${player}/` };

const page = createServer((_, answer) => answer.setHeader('content-type', 'text/html').end('<!doctype html><title>Evil</title>'));
await new Promise((resolve) => page.listen(0, '127.0.0.1', resolve));
const root = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: [...FLAGS, ...root] });
const before = await state();

const visitor = await (await browser.newContext()).newPage();
const [answers, own] = [[], new Set([page.address().port])];
visitor.on('response', (answer) => {
  if (!own.has(Number(new URL(answer.url()).port))) answers.push([answer.status(), answer.request().method(), answer.url()]);
});
for (const host of [EVIL, 'localhost', '127.0.0.1']) {
  answers.length = 0;
  await visitor.goto(`http://${host}:${page.address().port}/`);
  const read = await visitor.evaluate(
    async ([simple, asking, loads]) => {
      const read = [];
      const send = async ([method, url, headers, body], mode) => {
        try {
          const answer = await fetch(url, { method, headers, body, mode });
          if (answer.type !== 'opaque') read.push(`${method} ${url}: ${answer.status} ${(await answer.text()).slice(0, 80)}`);
        } catch {
          // Nothing came back that the page may read.
        }
      };
      await Promise.all(simple.flatMap((one) => [send(one, 'cors'), send(one, 'no-cors')]));
      await Promise.all(asking.map((one) => send(one, 'cors')));
      for (const [kind, url] of Object.entries(loads)) {
        const element = document.createElement(kind);
        const done = new Promise((resolve) => {
          element.onload = () => resolve(kind);
          element.onloadeddata = () => resolve(kind);
          element.onerror = () => resolve();
        });
        element.src = url;
        document.body.append(element);
        // What an iframe shows is no error to the page; its answer is looked at below.
        if ((await done) && kind !== 'iframe') read.push(`<${kind} src="${url}">`);
      }
      const form = Object.assign(document.createElement('form'), { method: 'post', enctype: 'text/plain', target: 'frame' });
      form.action = simple[0][1];
      form.append(Object.assign(document.createElement('input'), { name: simple[0][3].slice(0, -2), value: '"}}' }));
      document.body.append(Object.assign(document.createElement('iframe'), { name: 'frame' }), form);
      form.submit();
      const { host } = new URL(simple[0][1]);
      await new Promise((resolve) => {
        const socket = new WebSocket(`ws://${host}/_aws/execute-api/x/y`);
        socket.onopen = () => resolve(read.push('a WebSocket'));
        socket.onerror = resolve;
      });
      await new Promise((resolve) => setTimeout(resolve, 300));
      return read;
    },
    [requests, asking, loads],
  );
  expect(read.length === 0, `a page of ${host} reads:\n  ${read.join('\n  ')}`);
  const answered = answers.filter(([status]) => status !== 403);
  expect(answered.length === 0, `a page of ${host} is answered:\n  ${answered.map((one) => one.join(' ')).join('\n  ')}`);
  expect(answers.length >= requests.length, `a page of ${host} asked only ${answers.length} times`);
}

// A name of the page's own that leads to the platform, and the distribution's name.
for (const host of [EVIL, domain]) {
  for (const port of Object.values(ports)) {
    for (const path of ['/', '/index.html', '/_ministack/health', `/${object}`, `/${keys.token}/assets`]) {
      const answer = await visitor.goto(`http://${host}:${port}${path}`);
      expect(answer.status() === 403, `http://${host}:${port}${path} is answered: ${answer.status()}`);
    }
  }
}

expect((await state()) === before, 'a page changes something');
await browser.close();
page.close();
if (failures.length) {
  console.log(`FAIL  a page of another origin reaches a local platform:\n${failures.join('\n')}`);
  process.exit(1);
}
console.log('ok    a page of another origin reaches nothing of a local platform');
