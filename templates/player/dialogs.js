// The dialogs: sharing a video, and the keys.

import { announce, clock, el } from './dom.js';
import { icon } from './icons.js';
import { KEYS } from './keyboard.js';

function open(title, ...content) {
  const close = el('button', { type: 'button', class: 'round', 'aria-label': 'Close', onclick: () => dialog.close() }, icon('close'));
  const dialog = el('dialog', { 'aria-label': title, onclose: () => dialog.remove() }, el('header', {}, el('h2', {}, title), close), ...content);
  dialog.addEventListener('click', (event) => event.target === dialog && dialog.close());
  document.body.append(dialog);
  dialog.showModal();
  return dialog;
}

/** A text with a button that copies it. */
function copyable(name, field) {
  const button = el('button', { type: 'button', class: 'button strong' }, 'Copy');
  button.addEventListener('click', async () => {
    try {
      await navigator.clipboard.writeText(field.value);
      button.textContent = 'Copied';
    } catch {
      field.select();
      button.textContent = 'Press Ctrl+C';
    }
    announce(button.textContent);
    setTimeout(() => (button.textContent = 'Copy'), 2000);
  });
  return el('label', {}, name, el('div', { class: 'copy' }, field, button));
}

/** The link to a video, and how to put it into a page; `seconds` is where it is now. */
export function shareDialog(video, title, seconds) {
  const page = `${location.origin}${location.pathname}`;
  const link = el('input', { readonly: true, 'data-share': 'link' });
  const snippet = el('textarea', { readonly: true, rows: 4, 'data-share': 'embed' });
  const from = el('input', { type: 'checkbox' });
  const write = () => {
    const at = from.checked ? `?t=${Math.floor(seconds)}` : '';
    const path = `#/v/${encodeURIComponent(video.id)}${at}`;
    link.value = `${page}${path}`;
    const shape = video.width && video.height ? `${video.width} / ${video.height}` : '16 / 9';
    const name = title.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('<', '&lt;');
    snippet.value = `<iframe src="${page}?embed${path}" title="${name}" allow="fullscreen; picture-in-picture; encrypted-media" style="width: 100%; aspect-ratio: ${shape}; border: 0"></iframe>`;
  };
  from.addEventListener('change', write);
  write();
  open('Share', copyable('Link', link), copyable('Embed', snippet),
    el('label', { class: 'tick' }, from, `Start at ${clock(seconds)}`));
}

/** All keys. */
export function helpDialog() {
  const lines = KEYS.flatMap(([keys, what]) => [
    el('dt', {}, ...keys.flatMap((key, place) => [place ? ' ' : '', key === '…' ? '…' : el('kbd', {}, key)])),
    el('dd', {}, what),
  ]);
  open('Keys', el('dl', { class: 'keys' }, ...lines));
}
