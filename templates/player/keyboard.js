// The keys of the player.

/** The keys: how they are shown, what they do, and the action for each. */
export const KEYS = [
  [['Space', 'k'], 'Play or pause', (actions) => actions.toggle()],
  [['←'], '5 seconds back', (actions) => actions.skip(-5)],
  [['→'], '5 seconds on', (actions) => actions.skip(5)],
  [['j'], '10 seconds back', (actions) => actions.skip(-10)],
  [['l'], '10 seconds on', (actions) => actions.skip(10)],
  [['0', '…', '9'], 'To that tenth of the video'],
  [['↑'], 'Louder', (actions) => actions.louder(0.05)],
  [['↓'], 'Softer', (actions) => actions.louder(-0.05)],
  [['m'], 'Mute', (actions) => actions.mute()],
  [['c'], 'Captions', (actions) => actions.captions()],
  [['<'], 'Slower', (actions) => actions.speed(-1)],
  [['>'], 'Faster', (actions) => actions.speed(1)],
  [['f'], 'Full screen', (actions) => actions.fullScreen()],
  [['i'], 'Picture in picture', (actions) => actions.floatPicture()],
  [['s'], 'Statistics', (actions) => actions.stats()],
  [['/'], 'Search'],
  [['?'], 'This overview', (actions) => actions.help()],
];

const NAMES = { ' ': 'Space', ArrowLeft: '←', ArrowRight: '→', ArrowUp: '↑', ArrowDown: '↓' };

/** Whether a key belongs to what has the focus, not to the player. */
function belongsElsewhere(event) {
  const { target, key } = event;
  if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector('dialog[open]')) return true;
  if (target.closest('textarea, input:not([type="range"]), select, [role="menu"]')) return true;
  if (target.closest('input[type="range"]')) return key.startsWith('Arrow');
  return (key === ' ' || key === 'Enter') && target.closest('a, button');
}

/** Listens until the returned function is called. */
export function listenToKeys(actions) {
  const listener = (event) => {
    if (belongsElsewhere(event)) return;
    const name = NAMES[event.key] ?? event.key;
    const found = KEYS.find(([keys]) => keys.includes(name) || keys.includes(name.toLowerCase()));
    if (/^[0-9]$/.test(name)) actions.jump(Number(name) / 10);
    else if (found?.[2]) found[2](actions);
    else return;
    actions.wake();
    event.preventDefault();
  };
  document.addEventListener('keydown', listener);
  return () => document.removeEventListener('keydown', listener);
}
