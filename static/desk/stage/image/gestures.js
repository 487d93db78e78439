// Mouse, pen and fingers on the picture: the wheel zooms at the pointer, a drag moves, two fingers do both. While the whole
// picture is seen there is nothing to move, and one finger swipes.

/** Limits of a swipe: length as a share of the width, slope, and time. */
const SWIPE = { least: 0.2, slope: 0.5, most_ms: 600 };

/** Let `viewer` follow what happens on `glass`; `swiped.left()` and `swiped.right()` say where a finger went. */
export function follow(glass, viewer, swiped) {
  const hands = new Map();
  let swipe = null;

  const place = (event) => {
    const box = glass.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  };

  glass.addEventListener(
    "wheel",
    (event) => {
      event.preventDefault();
      // Some mice report lines or pages: convert to pixels. A pinch on a touchpad arrives as a fine wheel with Ctrl.
      const pixels = event.deltaY * [1, 16, 100][event.deltaMode] * (event.ctrlKey ? 4 : 1);
      viewer.zoom(Math.exp(-Math.max(-300, Math.min(300, pixels)) / 500), place(event));
    },
    { passive: false },
  );

  glass.addEventListener("dblclick", (event) => viewer.toggle(place(event)));

  glass.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    swipe =
      event.pointerType === "touch" && hands.size === 0 && viewer.fitted
        ? { at: place(event), time: event.timeStamp }
        : null;
    hands.set(event.pointerId, place(event));
    glass.setPointerCapture(event.pointerId);
  });

  glass.addEventListener("pointermove", (event) => {
    const was = hands.get(event.pointerId);
    if (!was) return;
    const now = place(event);
    hands.set(event.pointerId, now);
    const other = [...hands].find(([id]) => id !== event.pointerId)?.[1];
    if (!other) {
      viewer.move(now.x - was.x, now.y - was.y);
      return;
    }
    const spread = (hand) => Math.max(1, Math.hypot(hand.x - other.x, hand.y - other.y));
    const middle = { x: (now.x + other.x) / 2, y: (now.y + other.y) / 2 };
    viewer.zoom(spread(now) / spread(was), middle);
    viewer.move((now.x - was.x) / 2, (now.y - was.y) / 2);
  });

  glass.addEventListener("pointerup", (event) => {
    hands.delete(event.pointerId);
    if (!swipe) return;
    const [dx, dy] = [place(event).x - swipe.at.x, place(event).y - swipe.at.y];
    const meant = Math.abs(dx) >= SWIPE.least * glass.clientWidth && Math.abs(dy) <= SWIPE.slope * Math.abs(dx);
    if (meant && event.timeStamp - swipe.time <= SWIPE.most_ms) swiped[dx < 0 ? "left" : "right"]();
    swipe = null;
  });
  glass.addEventListener("pointercancel", (event) => {
    hands.delete(event.pointerId);
    swipe = null;
  });
}
