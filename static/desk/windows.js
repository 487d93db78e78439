// Two windows of one person hold the same leases: what is answered in one leaves the other.

/** `answered(sample)` is called when another window has answered a sample. Returns what tells the others. */
export function windows(desk, answered) {
  if (!("BroadcastChannel" in window)) return () => {};
  const channel = new BroadcastChannel(`querist.desk.${desk.dataset.project}.${desk.dataset.account}`);
  channel.addEventListener("message", ({ data }) => answered(data));
  return (sample) => channel.postMessage(sample);
}
