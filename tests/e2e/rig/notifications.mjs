// The notifications of a desktop, as a program that many desktops show them with has them: dunst.
import { writeFile } from 'node:fs/promises';
import { until } from './wait.mjs';

const CONTROL = '/usr/bin/dunstctl';

export class Notifications {
  #desktop;

  static async start(desktop) {
    const settings = `${desktop.home}/dunstrc`;
    // They stay until somebody does something with them.
    await writeFile(settings, '[global]\ntimeout = 0\nnotification_limit = 20\n[urgency_normal]\ntimeout = 0\n');
    desktop.has('/usr/bin/dunst', '-conf', settings);
    await desktop.onBus('org.freedesktop.Notifications');
    const notifications = new Notifications();
    notifications.#desktop = desktop;
    return notifications;
  }

  async #says(...args) {
    return (await this.#desktop.does(CONTROL, ...args)).stdout;
  }

  /** How many are on the screen. */
  async count() {
    return Number(await this.#says('count', 'displayed'));
  }

  /** Waits until so many are on the screen. */
  async are(count) {
    let now;
    await until(15_000, async () => (now = await this.count()) === count, `${count} notifications`).catch((error) => {
      throw new Error(`${error.message}; there are ${now}`);
    });
  }

  /** Clicks the newest. */
  async click() {
    await this.#says('action', '0');
  }

  /** Puts all of them away. */
  async close() {
    await this.#says('close-all');
    await this.are(0);
  }

  /** Those that were put away, the newest first, each as it was at last. */
  async past() {
    const { data } = JSON.parse(await this.#says('history'));
    return data[0].map((one) => ({ title: one.summary.data, text: one.body.data, by: one.appname.data }));
  }
}
