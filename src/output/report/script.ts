/**
 * Panning and zooming of the maps, and showing and hiding their layers, in the reader's browser. The page is complete without it. Its hash stands in the
 * page's content security policy, so nothing of a batch may ever be put into it.
 */
export const MAP_SCRIPT = `
for (const figure of document.querySelectorAll('[data-map]')) {
  const svg = figure.querySelector('svg');
  const view = svg.querySelector('.view');
  const { width: W, height: H } = svg.viewBox.baseVal;
  const metresPerUnit = Number(figure.dataset.metres);
  const MAX = 60;
  let z = 1, x = 0, y = 0;
  const clamp = (value, low, high) => Math.min(high, Math.max(low, value));
  function draw() {
    x = clamp(x, W - W * z, 0);
    y = clamp(y, H - H * z, 0);
    view.setAttribute('transform', 'translate(' + x + ' ' + y + ') scale(' + z + ')');
    svg.style.setProperty('--z', z);
    svg.classList.toggle('zoomed', z > 1);
    for (const label of svg.querySelectorAll('.tick')) {
      const along = 'x' in label.dataset ? 'x' : 'y';
      const place = Number(label.dataset[along]) * z + (along === 'x' ? x : y);
      label.setAttribute(along, place);
      label.style.visibility = place < 50 || place > (along === 'x' ? W : H) - 50 ? 'hidden' : '';
    }
    const limit = metresPerUnit / z * W * 0.2;
    const power = 10 ** Math.floor(Math.log10(limit));
    const metres = [5, 2, 1].map((factor) => factor * power).find((value) => value <= limit) || power;
    const length = metres / metresPerUnit * z;
    for (const bar of svg.querySelectorAll('.scale path')) bar.setAttribute('d', 'M0-8V0H' + -length + 'V-8');
    svg.querySelector('.scale text').textContent =
      metres >= 1000 ? metres / 1000 + ' km' : Number(metres.toPrecision(2)) + ' m';
  }
  function zoom(factor, cx, cy) {
    const next = clamp(z * factor, 1, MAX);
    x = cx - (cx - x) * next / z;
    y = cy - (cy - y) * next / z;
    z = next;
    draw();
  }
  function at(event) {
    const box = svg.getBoundingClientRect();
    return [(event.clientX - box.left) * W / box.width, (event.clientY - box.top) * H / box.height];
  }
  const fingers = new Map();
  svg.addEventListener('pointerdown', (event) => {
    if (event.button !== 0) return;
    fingers.set(event.pointerId, at(event));
    if (z > 1 || fingers.size > 1) svg.setPointerCapture(event.pointerId);
  });
  svg.addEventListener('pointermove', (event) => {
    const before = fingers.get(event.pointerId);
    if (!before) return;
    const now = at(event);
    const other = [...fingers].find(([id]) => id !== event.pointerId);
    fingers.set(event.pointerId, now);
    x += (now[0] - before[0]) / fingers.size;
    y += (now[1] - before[1]) / fingers.size;
    if (other) {
      const [ox, oy] = other[1];
      const grown = Math.hypot(now[0] - ox, now[1] - oy) / Math.hypot(before[0] - ox, before[1] - oy);
      if (Number.isFinite(grown)) zoom(grown, (now[0] + ox) / 2, (now[1] + oy) / 2);
    }
    draw();
  });
  for (const end of ['pointerup', 'pointercancel']) svg.addEventListener(end, (event) => fingers.delete(event.pointerId));
  svg.addEventListener('dblclick', (event) => { event.preventDefault(); zoom(event.shiftKey ? 0.5 : 2, ...at(event)); });
  svg.addEventListener('wheel', (event) => {
    if (!event.ctrlKey && !event.metaKey) return;
    event.preventDefault();
    zoom(Math.exp(-event.deltaY / 300), ...at(event));
  }, { passive: false });
  const STEP = { ArrowLeft: [60, 0], ArrowRight: [-60, 0], ArrowUp: [0, 60], ArrowDown: [0, -60] };
  svg.addEventListener('keydown', (event) => {
    if (event.key === '+' || event.key === '=') zoom(1.5, W / 2, H / 2);
    else if (event.key === '-') zoom(1 / 1.5, W / 2, H / 2);
    else if (STEP[event.key] && z > 1) { x += STEP[event.key][0]; y += STEP[event.key][1]; draw(); }
    else return;
    event.preventDefault();
  });
  const tools = figure.querySelector('.map-tools');
  tools.hidden = false;
  tools.addEventListener('click', (event) => {
    const how = event.target.dataset.zoom;
    if (how === 'all') { z = 1; x = 0; y = 0; draw(); }
    else if (how) zoom(how === 'in' ? 1.6 : 1 / 1.6, W / 2, H / 2);
  });
  for (const box of figure.querySelectorAll('[data-toggle]')) {
    box.hidden = false;
    const layer = svg.querySelector('[data-layer="' + box.dataset.toggle + '"]');
    box.addEventListener('change', () => { layer.style.display = box.checked ? '' : 'none'; });
  }
  addEventListener('beforeprint', () => { z = 1; x = 0; y = 0; draw(); });
}
addEventListener('beforeprint', () => { for (const list of document.querySelectorAll('details')) list.open = true; });
`;
