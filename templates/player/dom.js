// Elements in one expression. Texts are always texts: nothing here ever parses HTML.

/** An element with attributes (`on…` are listeners, `class` and `data-…` as in HTML) and children. */
export function el(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) continue;
    if (key.startsWith('on')) element.addEventListener(key.slice(2), value);
    else element.setAttribute(key, value === true ? '' : value);
  }
  element.append(...children.filter((child) => child !== undefined && child !== null && child !== false));
  return element;
}

const SVG = 'http://www.w3.org/2000/svg';

/** An icon of one path in a box of 24 by 24. */
export function svg(path) {
  const picture = document.createElementNS(SVG, 'svg');
  picture.setAttribute('viewBox', '0 0 24 24');
  picture.setAttribute('aria-hidden', 'true');
  const shape = document.createElementNS(SVG, 'path');
  shape.setAttribute('d', path);
  picture.append(shape);
  return picture;
}

/** Seconds as people write them: 1:05, 1:00:05. */
export function clock(seconds) {
  if (!Number.isFinite(seconds)) return '0:00';
  const whole = Math.max(0, Math.floor(seconds));
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const two = (number) => String(number).padStart(2, '0');
  return hours ? `${hours}:${two(minutes)}:${two(rest)}` : `${minutes}:${two(rest)}`;
}

/** Tells those who do not see the page what has happened. */
export function announce(text) {
  document.getElementById('live').textContent = text;
}

/** What the browser remembers for this page; nothing where it may not. */
export const memory = {
  get(key) {
    try {
      return localStorage.getItem(`player.${key}`);
    } catch {
      return null;
    }
  },
  set(key, value) {
    try {
      localStorage.setItem(`player.${key}`, value);
    } catch {
      // A private window may refuse; the page works without.
    }
  },
};
