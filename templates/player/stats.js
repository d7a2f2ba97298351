// The panel for the curious: what is being played, and how well.

import { el } from './dom.js';

const bits = (number) => {
  if (!Number.isFinite(number) || number <= 0) return '–';
  return number >= 1e6 ? `${(number / 1e6).toFixed(1)} Mb/s` : `${Math.round(number / 1e3)} kb/s`;
};

/** Each line: its name, a name for scripts, and its value. */
const LINES = [
  ['Protocol', 'protocol', (playback) => playback.protocol || '–'],
  ['Rendition', 'rendition', (_, { width, height }) => (height ? `${width} × ${height}` : 'audio')],
  ['Frame rate', 'rate', (_, { frameRate }) => (frameRate ? `${Number(frameRate.toFixed(2))} fps` : '–')],
  ['Codecs', 'codecs', (_, { codecs }) => codecs || '–'],
  ['Bit rate', 'bitrate', (_, { bandwidth }) => bits(bandwidth)],
  ['Connection', 'estimate', (_, { estimate }) => bits(estimate)],
  ['Buffer', 'buffer', (playback) => `${playback.ahead.toFixed(1)} s`],
  ['Dropped frames', 'dropped', (_, { dropped = 0, decoded = 0 }) => `${dropped || 0} of ${decoded || 0}`],
  ['Loaded', 'loaded', (_, { bytes }) => (bytes ? `${(bytes / 1e6).toFixed(1)} MB` : '–')],
];

/** The panel; `toggle` shows or hides it, `end` stops it. */
export function statsPanel(playback) {
  const values = LINES.map(([, name]) => el('dd', { 'data-stat': name }));
  const list = el('dl', {}, ...LINES.flatMap(([heading], line) => [el('dt', {}, heading), values[line]]));
  const panel = el('aside', { class: 'stats', 'aria-label': 'Statistics', hidden: true }, list);
  let timer;

  function update() {
    const { numbers } = playback;
    LINES.forEach(([, , value], line) => {
      values[line].textContent = value(playback, numbers);
    });
  }
  return {
    panel,
    toggle() {
      panel.hidden = !panel.hidden;
      clearInterval(timer);
      if (!panel.hidden) {
        update();
        timer = setInterval(update, 500);
      }
      return !panel.hidden;
    },
    end: () => clearInterval(timer),
  };
}
