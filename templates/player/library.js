// The grid of videos.

import { address, isBusy, isReady } from './catalogue.js';
import { clock, el } from './dom.js';
import { icon } from './icons.js';
import { previewer, stillness } from './storyboard.js';

/** How many cards are put up at a time. */
const PAGE = 60;

const UNTITLED = 'Untitled video';
const BADGES = { Ingest: 'Preparing', Encoding: 'Encoding', Error: 'Failed' };

const days = new Intl.RelativeTimeFormat('en', { numeric: 'auto' });
const UNITS = [['year', 31_536_000], ['month', 2_592_000], ['week', 604_800], ['day', 86_400], ['hour', 3600], ['minute', 60]];

/** How long ago a time was, in words. */
export function ago(time) {
  const seconds = (Date.now() - Date.parse(time)) / 1000;
  if (!Number.isFinite(seconds)) return '';
  const [unit, length] = UNITS.find(([, length]) => seconds >= length) ?? [];
  return unit ? days.format(-Math.floor(seconds / length), unit) : 'just now';
}

/** What a video is called. */
export const titleOf = (video) => video.title || UNTITLED;

/** How sharp a video is, as people say it. */
export function sharpness({ width, height }) {
  if (!width || !height) return '';
  const lines = Math.min(width, height);
  return lines >= 2160 ? '4K' : lines >= 720 ? `HD ${lines}p` : `${lines}p`;
}

function facts(video) {
  if (isReady(video)) return [sharpness(video), ago(video.added)].filter(Boolean).join(' · ');
  return isBusy(video) ? `Added ${ago(video.added)}` : 'This video could not be encoded';
}

/** One video, as a link where it can be played. */
export function card(video) {
  const ready = isReady(video);
  const image = video.poster && el('img', { src: address(video.poster), alt: '', loading: 'lazy', decoding: 'async' });
  const badge = BADGES[video.status];
  const box = el(
    'span',
    { class: 'picture' },
    image || icon(video.status === 'Error' ? 'alert' : ready ? 'note' : 'film'),
    badge && el('span', { class: `badge ${isBusy(video) ? 'busy' : 'failed'}` }, badge),
    ready && video.seconds !== undefined && el('span', { class: 'chip' }, clock(video.seconds)),
  );
  const content = [box, el('span', {}, el('h3', {}, titleOf(video)), el('p', {}, facts(video)))];
  if (!ready) return el('div', { class: 'card waiting', 'data-id': video.id }, ...content);
  const link = el('a', { class: 'card', href: `#/v/${encodeURIComponent(video.id)}`, 'data-id': video.id }, ...content);
  if (image && video.storyboard && video.seconds) leaf(box, image, video);
  return link;
}

/** Lets the pointer leaf through the pictures of a card. */
function leaf(box, image, video) {
  const show = previewer(image, video.storyboard);
  const line = el('span', { class: 'scrub' });
  box.addEventListener('pointermove', (event) => {
    if (event.pointerType !== 'mouse' || stillness.matches) return;
    const { left, width } = box.getBoundingClientRect();
    const part = Math.min(1, Math.max(0, (event.clientX - left) / width));
    show(part * video.seconds);
    line.style.transform = `scaleX(${part})`;
    if (!line.isConnected) box.append(line);
  });
  box.addEventListener('pointerleave', () => {
    line.remove();
    show(Math.floor(video.storyboard.count / 5) * video.storyboard.seconds);
  });
}

/** The words of a search, each of which must be in the title. */
const words = (text) => fold(text).split(/\s+/).filter(Boolean);
const fold = (text) => text.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase();

/** A message that fills the page. */
export function message(name, heading, ...content) {
  return el('section', { class: 'message' }, icon(name), el('h2', {}, heading), ...content);
}

const EMPTY = () =>
  message(
    'cloud',
    'No videos yet',
    el('p', {}, 'Upload a video to the source bucket, and it appears here as soon as its encoding begins:'),
    el('p', {}, el('br'), el('code', {}, 'aws s3 cp holiday.mp4 s3://SOURCE-BUCKET/')),
    el('p', {}, el('br'), 'The stack’s output “SourceBucket” is the bucket’s name. On your own machine: ', el('code', {}, 'cargo run -- local ingest holiday.mp4')),
  );

/** The library: `show` puts up the videos that a search finds. */
export function library() {
  const heading = el('h1', {});
  const grid = el('ul', { class: 'grid' });
  const more = el('div', { class: 'more' });
  const view = el('div', { class: 'library' });
  let count = PAGE;

  function show(videos, search) {
    const wanted = words(search);
    const found = videos.filter((video) => wanted.every((word) => fold(titleOf(video)).includes(word)));
    document.title = document.body.dataset.title;
    if (videos.length === 0) return view.replaceChildren(EMPTY());
    if (found.length === 0) {
      return view.replaceChildren(message('film', 'Nothing found', el('p', {}, `No title has “${search.trim()}” in it.`)));
    }
    const number = found.length === 1 ? '1 video' : `${found.length} videos`;
    heading.replaceChildren(wanted.length ? 'Found' : 'Library', el('small', {}, number));
    // Cards that did not change stay, so that nothing flickers and the focus is kept.
    const known = new Map([...grid.children].map((item) => [item.dataset.key, item]));
    const items = found.slice(0, count).map((video) => {
      const key = `${video.id} ${video.changed}`;
      return known.get(key) ?? el('li', { 'data-key': key }, card(video));
    });
    grid.replaceChildren(...items);
    more.replaceChildren();
    if (found.length > count) {
      const next = () => {
        count += PAGE;
        show(videos, search);
      };
      more.append(el('button', { class: 'button', type: 'button', onclick: next }, 'Show more'));
    }
    view.replaceChildren(heading, grid, more);
  }
  return { view, show };
}
