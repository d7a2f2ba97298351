// The settings menu of the player: quality, captions, audio and speed.

import { el } from './dom.js';
import { icon } from './icons.js';
import { sizeName, trackName } from './player.js';

const SPEEDS = [0.5, 0.75, 1, 1.25, 1.5, 1.75, 2];
const speedName = (speed) => (speed === 1 ? 'Normal' : `${speed}×`);

/** The pages: a title, what is chosen now, and the choices as [name, whether it is chosen, how to choose it]. */
const PAGES = {
  quality: (playback) => {
    const { qualities, automatic } = playback;
    const playing = qualities.find((track) => track.active);
    const auto = playing && automatic ? `Auto (${sizeName(playing)})` : 'Auto';
    return {
      title: 'Quality',
      now: automatic ? auto : playing ? sizeName(playing) : auto,
      choices: [
        [auto, automatic, () => playback.chooseQuality(null)],
        ...qualities.map((track) => [sizeName(track), !automatic && track.active, () => playback.chooseQuality(track)]),
      ],
      offered: qualities.length > 1,
    };
  },
  captions: (playback) => {
    const tracks = playback.captions;
    const shown = tracks.find((track) => track.active);
    return {
      title: 'Captions',
      now: shown ? trackName(shown) : 'Off',
      choices: [
        ['Off', !shown, () => playback.chooseCaptions(null)],
        ...tracks.map((track) => [trackName(track), track.active, () => playback.chooseCaptions(track)]),
      ],
      offered: tracks.length > 0,
    };
  },
  audio: (playback) => {
    const tracks = playback.audio;
    const heard = tracks.find((track) => track.active);
    return {
      title: 'Audio',
      now: heard ? trackName(heard) : '',
      choices: tracks.map((track) => [trackName(track), track.active, () => playback.chooseAudio(track)]),
      offered: tracks.length > 1,
    };
  },
  speed: (playback) => ({
    title: 'Speed',
    now: speedName(playback.speed),
    choices: SPEEDS.map((speed) => [speedName(speed), speed === playback.speed, () => playback.chooseSpeed(speed)]),
    offered: true,
  }),
};

/** The next speed up (1) or down (-1). */
export function nextSpeed(speed, way) {
  const faster = SPEEDS.filter((other) => (way > 0 ? other > speed : other < speed));
  return (way > 0 ? faster[0] : faster.at(-1)) ?? speed;
}

/** The menu, opened and closed by `button`. */
export function settingsMenu(playback, button) {
  const menu = el('div', { class: 'menu', role: 'menu', 'aria-label': 'Settings', hidden: true });
  let page;

  const row = (attributes, ...content) => el('button', { type: 'button', tabindex: '-1', ...attributes }, ...content);

  function rows() {
    if (!page) {
      return Object.entries(PAGES)
        .map(([name, read]) => [name, read(playback)])
        .filter(([, { offered }]) => offered)
        .map(([name, { title, now }]) => {
          const open = () => show(name);
          return row({ role: 'menuitem', 'aria-haspopup': 'true', 'data-page': name, onclick: open },
            el('span', {}, title), el('span', { class: 'now' }, now), icon('right'));
        });
    }
    const { title, choices } = PAGES[page](playback);
    const back = row({ role: 'menuitem', class: 'back', onclick: () => show() }, icon('left'), el('span', {}, title));
    return [back, ...choices.map(([name, chosen, choose]) => {
      const take = () => {
        choose();
        show();
      };
      return row({ role: 'menuitemradio', 'aria-checked': String(Boolean(chosen)), onclick: take },
        chosen ? icon('check') : el('span', { class: 'gap' }), el('span', {}, name));
    })];
  }

  function render() {
    const place = [...menu.children].indexOf(document.activeElement);
    menu.replaceChildren(...rows());
    if (place >= 0) menu.children[Math.min(place, menu.children.length - 1)]?.focus();
  }

  function show(name) {
    const from = page;
    page = name;
    menu.replaceChildren(...rows());
    const chosen = menu.querySelector('[aria-checked="true"]') ?? menu.querySelector(`[data-page="${from}"]`);
    (chosen ?? menu.firstElementChild)?.focus();
  }

  function open() {
    menu.hidden = false;
    button.setAttribute('aria-expanded', 'true');
    show();
  }

  function close() {
    if (menu.hidden) return;
    const inside = menu.contains(document.activeElement);
    menu.hidden = true;
    button.setAttribute('aria-expanded', 'false');
    if (inside) button.focus();
  }

  menu.addEventListener('keydown', (event) => {
    const items = [...menu.children];
    const place = items.indexOf(document.activeElement);
    const moves = {
      ArrowDown: () => items[(place + 1) % items.length].focus(),
      ArrowUp: () => items[(place - 1 + items.length) % items.length].focus(),
      Home: () => items[0].focus(),
      End: () => items.at(-1).focus(),
      ArrowRight: () => items[place]?.dataset.page && items[place].click(),
      ArrowLeft: () => page && show(),
      Escape: () => (page ? show() : close()),
      Tab: () => close(),
    };
    if (!moves[event.key]) return;
    moves[event.key]();
    event.stopPropagation();
    if (event.key !== 'Tab') event.preventDefault();
  });
  button.setAttribute('aria-haspopup', 'menu');
  button.setAttribute('aria-expanded', 'false');
  button.addEventListener('click', () => (menu.hidden ? open() : close()));
  playback.addEventListener('tracks', () => !menu.hidden && render());
  return { menu, close };
}
