/** What `look()` gives once it is truthy; fails with `what` after `timeout_ms`. */
export async function until(look, what, timeout_ms = 15000) {
  const end = Date.now() + timeout_ms;
  for (;;) {
    const found = await look();
    if (found) return found;
    if (Date.now() > end) {
      const wanted = typeof what === 'function' ? what() : what;
      throw new Error(`not within ${timeout_ms} ms: ${wanted}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
