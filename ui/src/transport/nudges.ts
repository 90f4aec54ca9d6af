// What tells a page that a connection may be gone, or may be there again, before the connection does.

/** How often the clock is looked at, in milliseconds. */
export const TICK = 5_000;

/** How much later than expected a look at the clock may be before the machine is taken to have slept. */
const SLEPT = 10_000;

/** What is done about it. */
export interface Nudges {
  /** Something has changed: what waits is tried, and what looks open is asked whether it is. */
  stir(): void;
  /** Some time has passed. */
  tick(): void;
  /** The page is put away, and may come back as it is. */
  leave(): void;
  /** It has come back. */
  comeBack(): void;
}

/** Tells what is noticed until what is answered is called. */
export function notice(nudges: Nudges): () => void {
  const end = new AbortController();
  const { signal } = end;
  let looked = Date.now();
  const clock = setInterval(() => {
    const now = Date.now();
    // A page that nobody sees is woken seldom; it is stirred when somebody does.
    const slept = now - looked > TICK + SLEPT && !document.hidden;
    looked = now;
    if (slept) nudges.stir();
    else nudges.tick();
  }, TICK);
  const stir = () => {
    nudges.stir();
  };
  addEventListener('online', stir, { signal });
  addEventListener('offline', stir, { signal });
  document.addEventListener(
    'visibilitychange',
    () => {
      if (!document.hidden) nudges.stir();
    },
    { signal },
  );
  addEventListener(
    'pagehide',
    () => {
      nudges.leave();
    },
    { signal },
  );
  addEventListener(
    'pageshow',
    (event) => {
      if (event.persisted) nudges.comeBack();
    },
    { signal },
  );
  return () => {
    clearInterval(clock);
    end.abort();
  };
}
