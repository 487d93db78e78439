// Two windows of one person hold the same leases: a sample answered in one leaves the other.

/** `answered(sample)` is called when another window of this name has answered a sample. Returns what tells the others. */
export function windows(name, answered) {
  if (!("BroadcastChannel" in window)) return () => {};
  const channel = new BroadcastChannel(name);
  channel.addEventListener("message", ({ data }) => answered(data));
  return (sample) => channel.postMessage(sample);
}
