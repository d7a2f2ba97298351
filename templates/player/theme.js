// Dark or light: what the system says, until the viewer says otherwise.

import { memory } from './dom.js';
import { icon } from './icons.js';

const root = document.documentElement;
const system = matchMedia('(prefers-color-scheme: light)');
const chosen = memory.get('theme');
if (chosen === 'dark' || chosen === 'light') root.dataset.theme = chosen;

const current = () => root.dataset.theme ?? (system.matches ? 'light' : 'dark');

/** Makes a button change between the two. */
export function themeButton(button) {
  const show = () => {
    const other = current() === 'dark' ? 'light' : 'dark';
    button.replaceChildren(icon(other === 'light' ? 'sun' : 'moon'));
    button.setAttribute('aria-label', `Use the ${other} theme`);
    button.title = `Use the ${other} theme`;
  };
  button.addEventListener('click', () => {
    root.dataset.theme = current() === 'dark' ? 'light' : 'dark';
    memory.set('theme', root.dataset.theme);
    show();
  });
  system.addEventListener('change', show);
  show();
}
