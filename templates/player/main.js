// The page: which view is shown, by the address.
//
//   #/                the library          ?embed      the player alone, for other sites
//   #/v/<id>?t=75     a video, from 1:15   ?format=…   hls, dash, cmaf, cmaf-hls or mp4 instead of the best

import { isBusy, isReady, watch } from './catalogue.js';
import { stage } from './controls.js';
import { helpDialog, shareDialog } from './dialogs.js';
import { announce, el } from './dom.js';
import { icon } from './icons.js';
import { listenToKeys } from './keyboard.js';
import { ago, card, library, message, sharpness, titleOf } from './library.js';
import { Playback } from './player.js';
import { themeButton } from './theme.js';

/** How many other videos stand beside the player. */
const OTHERS = 12;

const main = document.getElementById('main');
const search = document.getElementById('search');
const query = new URLSearchParams(location.search);
const embedded = query.has('embed');
const shelf = library();

let videos;
let current;

/** The view that the address names. */
function route() {
  const [path, rest = ''] = location.hash.replace(/^#/, '').split('?');
  const id = path.match(/^\/v\/(.+)$/)?.[1];
  return { id: id && decodeURIComponent(id), start: Number(new URLSearchParams(rest).get('t')) || 0 };
}

function leave() {
  current?.end();
  current = undefined;
}

function show() {
  if (!videos) return;
  const { id, start } = route();
  if (!id) {
    leave();
    if (embedded) return main.replaceChildren(message('film', 'No video is named'));
    if (!main.contains(shelf.view)) main.replaceChildren(shelf.view);
    return shelf.show(videos, search.value);
  }
  const video = videos.find((candidate) => candidate.id === id);
  if (current?.id === id) return current.others();
  leave();
  const home = !embedded && el('a', { class: 'button', href: '#/' }, 'To the library');
  if (!video) return main.replaceChildren(message('film', 'There is no such video', el('p', {}, 'It may have been removed, or the link is incomplete.'), home));
  if (!isReady(video)) {
    const [name, heading] = isBusy(video) ? ['film', 'This video is still being encoded'] : ['alert', 'This video could not be encoded'];
    const hint = isBusy(video) ? 'The page shows it as soon as it is ready.' : 'Whoever uploaded it finds the reason in its record.';
    return main.replaceChildren(message(name, heading, el('p', {}, titleOf(video)), el('p', {}, hint), home));
  }
  current = watchView(video, start);
}

/** The player with one video. */
function watchView(video, start) {
  const title = titleOf(video);
  const element = el('video', { playsinline: true, preload: 'auto', 'aria-label': title });
  const captions = el('div', { class: 'captions' });
  const playback = new Playback(video, element, captions);
  const { box, actions, end } = stage(playback, { video: element, captions });
  const share = () => shareDialog(video, title, element.currentTime);
  const stopKeys = listenToKeys({ ...actions, help: helpDialog });
  document.title = `${title} – ${document.body.dataset.title}`;

  const side = el('aside', { class: 'side', 'aria-label': 'More videos' });
  const others = () => {
    const ready = videos.filter((other) => isReady(other) && other.id !== video.id).slice(0, OTHERS);
    side.replaceChildren(...(ready.length ? [el('h2', {}, 'More videos'), el('ul', { class: 'list' }, ...ready.map((other) => el('li', {}, card(other))))] : []));
    side.hidden = ready.length === 0;
  };
  if (embedded) {
    main.replaceChildren(box);
  } else {
    others();
    const action = (name, text, onclick) => el('button', { type: 'button', class: 'button', onclick }, icon(name), text);
    const facts = [sharpness(video), `Added ${ago(video.added)}`].filter(Boolean).join(' · ');
    const about = el('div', { class: 'about' },
      el('div', {}, el('h1', {}, title), el('p', {}, facts)),
      el('div', { class: 'actions' }, action('share', 'Share', share), action('stats', 'Stats', () => actions.stats()), action('help', 'Keys', helpDialog)));
    main.replaceChildren(el('div', { class: 'watch' }, el('div', { class: 'theatre' }, box, about), side));
    scrollTo(0, 0);
  }
  announce(title);
  playback.load(query.get('format'), start).then(() => {
    // A browser may refuse before the viewer has touched the page; the button is there then.
    if (!embedded || query.has('autoplay')) element.play().catch(() => {});
  });
  return {
    id: video.id,
    others: embedded ? () => {} : others,
    end() {
      stopKeys();
      end();
      playback.end();
    },
  };
}

function unreachable() {
  const again = el('button', { class: 'button strong', type: 'button', onclick: () => location.reload() }, 'Try again');
  main.replaceChildren(message('alert', 'The library cannot be reached', el('p', {}, 'Check your connection.'), again));
}

document.body.classList.toggle('embedded', embedded);
themeButton(document.getElementById('theme'));
search.addEventListener('input', () => {
  if (route().id) location.hash = '#/';
  else show();
});
document.addEventListener('keydown', (event) => {
  if (event.key === '/' && !embedded && !event.target.closest('input, textarea') && !document.querySelector('dialog[open]')) {
    event.preventDefault();
    search.focus();
  }
});
addEventListener('hashchange', show);
watch((found) => {
  videos = found;
  show();
}, unreachable);
