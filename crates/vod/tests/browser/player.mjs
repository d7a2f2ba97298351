// Looks at the player as a viewer does, in Chromium: plays a video in each protocol, throttles the connection, reads
// captions, leafs through the storyboard, and fails on any error on the console and any request to another host.
//
//   node player.mjs URL [--video ID] [--formats hls,dash,cmaf] [--no-captions] [--no-storyboard] [--no-adaptation]
//                       [--shots FOLDER]
//
// Without --video it takes the first video that can be played. `NODE_MODULES` names the folder with playwright-core.

import { mkdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    video: { type: 'string' },
    formats: { type: 'string', default: 'hls,dash,cmaf' },
    'no-captions': { type: 'boolean' },
    'no-storyboard': { type: 'boolean' },
    'no-adaptation': { type: 'boolean' },
    shots: { type: 'string' },
  },
});
const [base] = positionals;
const { chromium } = createRequire(join(process.env.NODE_MODULES ?? process.cwd(), 'x'))('playwright-core');

const FLAGS = ['--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'];
/** 700 kb/s, and as fast as it goes. */
const SLOW = { offline: false, latency: 20, downloadThroughput: 700_000 / 8, uploadThroughput: 700_000 / 8 };
const FAST = { offline: false, latency: 0, downloadThroughput: -1, uploadThroughput: -1 };
const PHONE = { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, isMobile: true, hasTouch: true };
const DESK = { viewport: { width: 1360, height: 850 } };

let [passed, failed] = [0, 0];
const complaints = [];

async function check(name, test) {
  const before = complaints.length;
  try {
    await test();
    if (complaints.length > before) throw new Error(complaints.slice(before).join('\n'));
    passed += 1;
    console.log(`ok    ${name}`);
  } catch (error) {
    failed += 1;
    console.log(`FAIL  ${name}\n${error.message}`);
  }
}
function expect(condition, what) {
  if (!condition) throw new Error(`expected: ${what}`);
}

const root = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: [...FLAGS, ...root] });

/** A page that complains of errors and of requests elsewhere. */
async function open(path, how = DESK) {
  const context = await browser.newContext(how);
  const page = await context.newPage();
  page.on('console', (message) => message.type() === 'error' && complaints.push(`console: ${message.text()} ${message.location().url}`));
  page.on('pageerror', (error) => complaints.push(`error: ${error.stack}`));
  page.on('request', (request) => {
    const { protocol, origin } = new URL(request.url());
    if (protocol.startsWith('http') && origin !== new URL(base).origin) complaints.push(`request elsewhere: ${request.url()}`);
  });
  await page.goto(new URL(path, base).href);
  return { page, close: () => context.close() };
}
async function shot(page, name) {
  if (!options.shots) return;
  mkdirSync(options.shots, { recursive: true });
  await page.screenshot({ path: join(options.shots, `${name}.png`) });
}

const start = (page) => page.evaluate(() => document.querySelector('video').play());
const time = (page) => page.evaluate(() => document.querySelector('video').currentTime);
const height = (page) => page.evaluate(() => document.querySelector('video').videoHeight);
async function until(page, what, test, argument, timeout = 20_000) {
  await page.waitForFunction(test, argument, { timeout, polling: 200 }).catch(() => {
    throw new Error(`expected within ${timeout / 1000} s: ${what}`);
  });
}
const playing = (page, seconds) =>
  until(page, `playback of ${seconds} s`, (wanted) => document.querySelector('video').currentTime >= wanted, seconds, 30_000);

const first = async () => {
  const { page, close } = await open('#/');
  await page.waitForSelector('a.card');
  const id = await page.locator('a.card').first().getAttribute('data-id');
  await close();
  return id;
};
const id = options.video ?? (await first());
const watch = `#/v/${encodeURIComponent(id)}`;

for (const scheme of ['dark', 'light']) {
  await check(`the library shows the video, in ${scheme}`, async () => {
    const { page, close } = await open('#/', { ...DESK, colorScheme: scheme });
    const card = page.locator(`a.card[data-id="${id}"]`);
    await card.waitFor();
    await page.waitForLoadState('networkidle');
    expect((await card.locator('h3').textContent()).trim(), 'a title');
    if (!options['no-storyboard']) {
      expect(await card.locator('img').evaluate((image) => image.naturalWidth > 0), 'a poster that loads');
    }
    await shot(page, `library-${scheme}`);
    await close();
  });
}

await check('a video that is being encoded is shown, and can be played as soon as it is published', async () => {
  const { page, close } = await open('about:blank');
  let published = false;
  await page.route('**/catalogue/*.json', async (route) => {
    const response = await route.fetch();
    if (published || !response.ok()) return route.fulfill({ response });
    const { videos, ...rest } = await response.json();
    const encoding = ({ seconds, width, height, poster, storyboard, ...video }) => ({ ...video, status: 'Encoding', changed: 1, streams: {} });
    await route.fulfill({ response, json: { ...rest, videos: videos.map((video) => (video.id === id ? encoding(video) : video)) } });
  });
  await page.goto(new URL('#/', base).href);
  const card = page.locator(`.card[data-id="${id}"]`);
  await card.getByText('Encoding').waitFor();
  expect(await card.evaluate((it) => it.tagName !== 'A'), 'a card that leads nowhere');
  await shot(page, 'library-encoding');
  published = true;
  await page.locator(`a.card[data-id="${id}"]`).waitFor({ timeout: 20_000 });
  expect((await card.getByText('Encoding').count()) === 0, 'no word of encoding any more');
  await close();
});

for (const format of options.formats.split(',')) {
  await check(`${format} plays`, async () => {
    const { page, close } = await open(`?format=${format}${watch}`);
    await until(page, 'a protocol', () => document.querySelector('.stage')?.dataset.protocol);
    const protocol = await page.locator('.stage').getAttribute('data-protocol');
    expect(protocol.toLowerCase().startsWith(format), `${format}, not ${protocol}`);
    await start(page);
    await playing(page, 2);
    await page.evaluate(() => (document.querySelector('video').currentTime += 7));
    await playing(page, 10);
    await close();
  });
}

await check('the controls, the keys and the panel do what they say', async () => {
  const { page, close } = await open(watch, { ...DESK, colorScheme: 'dark' });
  await until(page, 'a protocol', () => document.querySelector('.stage')?.dataset.protocol);
  await start(page);
  await playing(page, 0.5);
  await page.keyboard.press('k');
  expect(await page.evaluate(() => document.querySelector('video').paused), 'a pause');
  await page.keyboard.press('5');
  const half = await page.evaluate(() => document.querySelector('video').duration / 2);
  expect(Math.abs((await time(page)) - half) < 1, 'half of the video');
  await page.keyboard.press('s');
  await until(page, 'a rendition in the panel', () => / × |audio/.test(document.querySelector('[data-stat="rendition"]').textContent));
  await page.keyboard.press('?');
  await page.locator('dialog[open] .keys').waitFor();
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: 'Share' }).click();
  const link = await page.locator('[data-share="link"]').inputValue();
  expect(link === new URL(watch, base).href, `a link to this page, not ${link}`);
  await page.keyboard.press('Escape');
  await page.mouse.move(200, 200);
  await page.getByRole('button', { name: 'Settings' }).click();
  await page.getByRole('menuitem', { name: /^Speed/ }).click();
  await page.getByRole('menuitemradio', { name: '1.5×' }).click();
  expect((await page.evaluate(() => document.querySelector('video').playbackRate)) === 1.5, 'the chosen speed');
  await shot(page, 'menu');
  await close();
});

if (!options['no-captions']) {
  await check('captions show', async () => {
    const { page, close } = await open(watch, { ...DESK, colorScheme: 'dark' });
    await until(page, 'captions on offer', () => document.querySelector('button[aria-pressed]')?.hidden === false);
    await start(page);
    await playing(page, 1);
    await page.keyboard.press('c');
    await until(page, 'a caption', () => document.querySelector('.captions').textContent.trim());
    await shot(page, 'player-dark');
    await page.keyboard.press('c');
    await until(page, 'no caption', () => !document.querySelector('.captions').textContent.trim());
    await close();
  });
}

if (!options['no-storyboard']) {
  await check('the storyboard shows', async () => {
    const { page, close } = await open(watch, { ...DESK, colorScheme: 'light' });
    await until(page, 'a protocol', () => document.querySelector('.stage')?.dataset.protocol);
    const bar = await page.locator('.seek').boundingBox();
    const shown = new Set();
    for (const part of [0.1, 0.5, 0.9]) {
      await page.mouse.move(bar.x + bar.width * part, bar.y + bar.height / 2);
      await until(page, 'a picture', (known) => {
        const image = document.querySelector('.preview img');
        return image?.naturalWidth > 0 && !known.includes(image.src);
      }, [...shown]);
      shown.add(await page.locator('.preview img').getAttribute('src'));
    }
    expect(shown.size === 3, 'three pictures');
    await shot(page, 'player-light');
    await close();
  });
}

if (!options['no-adaptation']) {
  await check('slower, the rendition goes down; faster, up again', async () => {
    const { page, close } = await open(`${watch}`);
    const network = await page.context().newCDPSession(page);
    await network.send('Network.enable');
    await until(page, 'a protocol', () => document.querySelector('.stage')?.dataset.protocol);
    await start(page);
    const heights = () => document.querySelector('video').videoHeight;
    await playing(page, 3);
    const best = await height(page);
    await network.send('Network.emulateNetworkConditions', SLOW);
    await until(page, `less than ${best} lines at 700 kb/s`, (lines) => document.querySelector('video').videoHeight < lines, best, 60_000);
    const low = await height(page);
    await network.send('Network.emulateNetworkConditions', FAST);
    await until(page, `more than ${low} lines`, (lines) => document.querySelector('video').videoHeight > lines, low, 60_000);
    console.log(`      ${best} lines, ${low} when slow, then ${await page.evaluate(heights)}, at ${(await time(page)).toFixed(0)} s`);
    await close();
  });
}

await check('it works on a phone, and embedded', async () => {
  const { page, close } = await open('#/', { ...PHONE, colorScheme: 'dark' });
  await page.waitForSelector('a.card');
  expect(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), 'no sideways scrolling in the library');
  await shot(page, 'library-phone');
  await page.locator(`a.card[data-id="${id}"]`).tap();
  await until(page, 'a protocol', () => document.querySelector('.stage')?.dataset.protocol);
  await start(page);
  await playing(page, 1);
  expect(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), 'no sideways scrolling beside the player');
  await shot(page, 'player-phone');
  await close();
  const embed = await open(`?embed${watch}`);
  await until(embed.page, 'a protocol', () => document.querySelector('.stage')?.dataset.protocol);
  expect(!(await embed.page.locator('header.bar').isVisible()), 'the player alone');
  await embed.close();
});

await check('what is not there is reported', async () => {
  const { page, close } = await open('#/v/nothing');
  await page.getByText('There is no such video').waitFor();
  await close();
});

await browser.close();
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed ? 1 : 0);
