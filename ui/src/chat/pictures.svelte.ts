// Pictures that are to go with a prompt, from the moment when somebody adds them.

import { MOST_IMAGES, trouble, type Sending } from '../conversation/images';
import { words } from '../words/words';

/** How a picture gets to the gateway, and away again. */
export interface Attaching {
  /** It is done when the gateway has the picture; `path` is what the prompt calls it. */
  attach(file: File, sending: Sending): Promise<{ path: string; name: string }>;
  /** The picture is not to go with the prompt after all. */
  detach(path: string): void;
}

/** A picture on its way. */
export interface Picture {
  key: number;
  name: string;
  /** What the page shows of it, from its own memory. */
  preview: string;
  state: 'going' | 'there' | 'failed';
  /** How much of it has gone, from 0 to 1. */
  share: number;
  path: string | null;
  /** Why it is not there. */
  reason: string;
}

export class Pictures {
  all = $state<Picture[]>([]);
  /** Why one was not taken at all. */
  refused = $state<string[]>([]);
  readonly going = $derived(this.all.some(({ state }) => state === 'going'));
  readonly #attaching: Attaching;
  readonly #cancels: Record<number, AbortController> = {};
  #last = 0;

  constructor(attaching: Attaching) {
    this.#attaching = attaching;
  }

  /** Adds what are pictures, and says of the others why they are not. */
  add(files: Iterable<File>) {
    this.refused = [];
    for (const file of files) void this.#take(file);
  }

  /** Takes a picture away, wherever it is. */
  remove(key: number) {
    const picture = this.all.find((one) => one.key === key);
    if (picture === undefined) return;
    this.#cancels[key]?.abort();
    if (picture.path !== null) this.#attaching.detach(picture.path);
    URL.revokeObjectURL(picture.preview);
    this.all = this.all.filter((one) => one.key !== key);
  }

  /** The names of those that are there; they leave with a prompt. */
  take(): Picture[] {
    const taken = this.all.filter(({ state }) => state === 'there');
    this.all = [];
    this.refused = [];
    return taken;
  }

  /** Puts back what had left with a prompt that was not taken. */
  putBack(pictures: readonly Picture[]) {
    this.all = [...pictures, ...this.all];
  }

  /** Lets go of what was shown of pictures that are sent. */
  static release(pictures: readonly Picture[]) {
    for (const { preview } of pictures) URL.revokeObjectURL(preview);
  }

  /** Ends what is on its way and lets go of what is shown. */
  close() {
    for (const cancel of Object.values(this.#cancels)) cancel.abort();
    Pictures.release(this.all);
  }

  async #take(file: File) {
    if (this.all.length >= MOST_IMAGES) {
      this.refused.push(words.chat.tooMany(MOST_IMAGES));
      return;
    }
    const key = (this.#last += 1);
    const cancel = new AbortController();
    this.#cancels[key] = cancel;
    const isGone = () => cancel.signal.aborted;
    const preview = URL.createObjectURL(file);
    // It is on its way from here on: a prompt that is sent now waits for it.
    this.all.push({ key, name: file.name, preview, state: 'going', share: 0, path: null, reason: '' });
    const change = (to: Partial<Picture>) => {
      this.all = this.all.map((one) => (one.key === key ? { ...one, ...to } : one));
    };
    const why = await trouble(file);
    if (why !== null && !isGone()) {
      this.remove(key);
      this.refused.push(why.message);
    }
    if (isGone()) return;
    try {
      const { path, name } = await this.#attaching.attach(file, { signal: cancel.signal, sent: (share) => { change({ share }); } });
      // It was cancelled too late: the gateway has it, and is told.
      if (isGone()) this.#attaching.detach(path);
      else change({ state: 'there', path, name });
    } catch (error) {
      if (!isGone()) change({ state: 'failed', reason: error instanceof Error ? error.message : words.chat.notAttached });
    }
  }
}
