// The stage: the picture, and the controls over it.

import { address } from './catalogue.js';
import { announce, clock, el, memory } from './dom.js';
import { icon } from './icons.js';
import { nextSpeed, settingsMenu } from './menu.js';
import { statsPanel } from './stats.js';
import { previewer } from './storyboard.js';

/** After how many milliseconds without a hand on it the controls go. */
const REST = 2600;

/** The stage of a playback that has the elements `video` and `captions`. */
export function stage(playback, { video, captions }) {
  const details = playback.video;
  const button = (name, label, onclick) => el('button', { type: 'button', class: 'round', 'aria-label': label, title: label, onclick }, icon(name));
  const relabel = (target, name, label) => {
    if (target.getAttribute('aria-label') === label) return;
    target.replaceChildren(icon(name));
    target.setAttribute('aria-label', label);
    target.title = label;
  };

  const toggle = () => (video.paused ? video.play().catch(() => {}) : video.pause());
  const length = () => (Number.isFinite(video.duration) ? video.duration : details.seconds ?? 0);
  const seek = (time) => {
    video.currentTime = Math.min(Math.max(0, time), length());
  };
  const setVolume = (value) => {
    video.volume = Math.min(1, Math.max(0, value));
    video.muted = video.volume === 0;
  };

  const play = button('play', 'Play (k)', toggle);
  const big = el('button', { type: 'button', class: 'big', 'aria-label': 'Play', onclick: toggle }, icon('play'));
  const mute = button('loud', 'Mute (m)', () => (video.muted = !video.muted));
  const volume = el('input', { type: 'range', class: 'volume', min: 0, max: 1, step: 0.05, 'aria-label': 'Volume', oninput: () => setVolume(volume.valueAsNumber) });
  const time = el('span', { class: 'time' });
  const subtitles = button('captions', 'Captions (c)', () => playback.toggleCaptions());
  const settings = button('settings', 'Settings', () => {});
  const floating = document.pictureInPictureEnabled && button('picture', 'Picture in picture (i)', () => floatPicture());
  const full = button('full', 'Full screen (f)', () => fullScreen());
  const { menu, close } = settingsMenu(playback, settings);
  const stats = statsPanel(playback);

  // The seek bar: a slider for hands, keys and screen readers, over what is played and buffered.
  const bar = el('input', { type: 'range', min: 0, max: 1000, step: 1, value: 0, 'aria-label': 'Position' });
  const [buffered, played] = [el('span', { class: 'buffered' }), el('span', { class: 'played' })];
  const shot = details.storyboard && el('img', { alt: '' });
  const moment = el('span');
  const preview = el('div', { class: 'preview', hidden: true }, shot, moment);
  const seekBar = el('div', { class: 'seek' }, el('span', { class: 'track' }), buffered, played, bar, preview);
  const showShot = shot ? previewer(shot, details.storyboard) : () => {};

  const note = el('div', { class: 'toast', hidden: true });
  const spinner = el('div', { class: 'spinner', hidden: true, 'aria-hidden': 'true' });
  const bottom = el('div', { class: 'controls' }, seekBar, el('div', { class: 'row' },
    play, mute, volume, time, el('span', { class: 'grow' }), subtitles, settings, floating, full));
  const box = el('section', { class: 'stage', 'aria-label': 'Player' }, video, captions, spinner, big, note, stats.panel, bottom, menu);
  if (details.poster) video.poster = address(details.poster);

  let noteTimer;
  const say = (text) => {
    note.textContent = text;
    note.hidden = false;
    clearTimeout(noteTimer);
    noteTimer = setTimeout(() => (note.hidden = true), 900);
    announce(text);
  };

  // The controls stay as long as somebody uses them.
  let restTimer;
  const rest = () => {
    if (!video.paused && menu.hidden && !bottom.contains(document.querySelector(':focus-visible'))) box.classList.add('idle');
  };
  const wake = () => {
    box.classList.remove('idle');
    clearTimeout(restTimer);
    restTimer = setTimeout(rest, REST);
  };
  for (const name of ['pointermove', 'pointerdown', 'keydown', 'focusin']) box.addEventListener(name, wake);
  box.addEventListener('pointerleave', (event) => event.pointerType === 'mouse' && rest());

  function tick() {
    const [now, all] = [video.currentTime, length()];
    time.textContent = `${clock(now)} / ${clock(all)}`;
    const part = all ? now / all : 0;
    played.style.transform = `scaleX(${part})`;
    buffered.style.transform = `scaleX(${all ? Math.min(1, (now + playback.ahead) / all) : 0})`;
    if (document.activeElement !== bar || !bar.dataset.held) bar.value = part * 1000;
    bar.setAttribute('aria-valuetext', `${clock(now)} of ${clock(all)}`);
  }
  function state() {
    relabel(play, video.ended ? 'replay' : video.paused ? 'play' : 'pause', video.ended ? 'Play again (k)' : video.paused ? 'Play (k)' : 'Pause (k)');
    big.hidden = !video.paused;
    box.classList.toggle('paused', video.paused);
    const level = video.muted ? 0 : video.volume;
    relabel(mute, level === 0 ? 'mute' : level < 0.5 ? 'soft' : 'loud', level === 0 ? 'Unmute (m)' : 'Mute (m)');
    volume.value = level;
    volume.style.setProperty('--part', `${level * 100}%`);
    wake();
  }
  function tracks() {
    const { captions: offered, qualities } = playback;
    subtitles.hidden = offered.length === 0;
    subtitles.setAttribute('aria-pressed', String(offered.some((track) => track.active)));
    box.classList.toggle('audio', playback.protocol !== '' && qualities.length === 0 && video.videoHeight === 0);
    box.dataset.protocol = playback.protocol;
  }

  bar.addEventListener('input', () => seek((bar.valueAsNumber / 1000) * length()));
  bar.addEventListener('pointerdown', () => (bar.dataset.held = 'yes'));
  bar.addEventListener('pointerup', () => delete bar.dataset.held);
  bar.addEventListener('keydown', (event) => {
    const step = { ArrowLeft: -5, ArrowDown: -5, ArrowRight: 5, ArrowUp: 5, PageDown: -30, PageUp: 30 }[event.key];
    if (!step) return;
    seek(video.currentTime + step);
    event.preventDefault();
    event.stopPropagation();
  });
  seekBar.addEventListener('pointermove', (event) => {
    const { left, width } = seekBar.getBoundingClientRect();
    const part = Math.min(1, Math.max(0, (event.clientX - left) / width));
    moment.textContent = clock(part * length());
    showShot(part * length());
    preview.hidden = false;
    const half = preview.offsetWidth / 2;
    preview.style.left = `${Math.min(width - half, Math.max(half, part * width))}px`;
  });
  seekBar.addEventListener('pointerleave', () => (preview.hidden = true));

  for (const name of ['timeupdate', 'progress', 'durationchange', 'seeking']) video.addEventListener(name, tick);
  for (const name of ['play', 'pause', 'ended', 'volumechange']) video.addEventListener(name, state);
  video.addEventListener('volumechange', () => memory.set('volume', JSON.stringify([video.volume, video.muted])));
  video.addEventListener('resize', () => {
    box.dataset.height = video.videoHeight;
    tracks();
  });
  let touched;
  video.addEventListener('pointerdown', (event) => (touched = event.pointerType === 'touch' && box.classList.contains('idle')));
  video.addEventListener('click', () => {
    if (!menu.hidden) return close();
    if (!touched) toggle();
  });
  video.addEventListener('dblclick', () => fullScreen());
  box.addEventListener('focusout', ({ relatedTarget }) => !box.contains(relatedTarget) && relatedTarget && close());
  playback.addEventListener('tracks', tracks);
  playback.addEventListener('buffering', ({ detail }) => (spinner.hidden = !detail));
  playback.addEventListener('failed', ({ detail }) => {
    spinner.hidden = true;
    big.hidden = true;
    box.append(el('div', { class: 'failure', role: 'alert' }, icon('alert'), el('p', {}, detail)));
  });

  async function fullScreen() {
    if (document.fullscreenElement) await document.exitFullscreen();
    else if (box.requestFullscreen) await box.requestFullscreen().catch(() => {});
    else video.webkitEnterFullscreen?.();
  }
  async function floatPicture() {
    if (document.pictureInPictureElement) await document.exitPictureInPicture();
    else await video.requestPictureInPicture().catch(() => {});
  }
  const onFull = () => {
    const on = document.fullscreenElement === box;
    relabel(full, on ? 'small' : 'full', on ? 'Leave full screen (f)' : 'Full screen (f)');
  };
  document.addEventListener('fullscreenchange', onFull);

  try {
    const [level, muted] = JSON.parse(memory.get('volume')) ?? [1, false];
    [video.volume, video.muted] = [level, muted];
  } catch {
    // What was remembered is no volume.
  }
  state();
  tick();
  tracks();

  return {
    box,
    actions: {
      toggle,
      skip: (seconds) => {
        seek(video.currentTime + seconds);
        say(`${seconds > 0 ? '+' : '−'}${Math.abs(seconds)} s`);
      },
      jump: (part) => seek(part * length()),
      louder: (step) => {
        setVolume((video.muted ? 0 : video.volume) + step);
        say(`Volume ${Math.round(video.volume * 100)} %`);
      },
      mute: () => mute.click(),
      fullScreen,
      floatPicture,
      captions: () => {
        playback.toggleCaptions();
        const on = playback.captions.find((track) => track.active);
        say(playback.captions.length ? `Captions ${on ? 'on' : 'off'}` : 'No captions');
      },
      speed: (way) => {
        playback.chooseSpeed(nextSpeed(playback.speed, way));
        say(`${playback.speed}×`);
      },
      stats: () => stats.toggle(),
      wake,
    },
    end() {
      clearTimeout(restTimer);
      clearTimeout(noteTimer);
      stats.end();
      document.removeEventListener('fullscreenchange', onFull);
    },
  };
}
