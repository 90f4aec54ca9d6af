import { Channel, invoke } from '@tauri-apps/api/core';

import type { BridgeTold } from '../protocol/bridge';
import { refusalOf, type Bridge } from './bridge';

/** The application that shows the page. */
export class TauriBridge implements Bridge {
  readonly attach: Bridge['attach'] = (told) => {
    const channel = new Channel<BridgeTold>();
    channel.onmessage = told;
    return command('attach', { told: channel });
  };

  readonly look: Bridge['look'] = (asked) => command('look', { asked });
  readonly nearby: Bridge['nearby'] = () => command('nearby', {});
  readonly signIn: Bridge['signIn'] = (asked) => command('sign_in', { asked });
  readonly signInByPassword: Bridge['signInByPassword'] = (asked) => command('sign_in_by_password', { asked });
  readonly giveToken: Bridge['giveToken'] = (asked) => command('give_token', { asked });
  readonly pasteAnswer: Bridge['pasteAnswer'] = (asked) => command('paste_answer', { asked });
  readonly openAgain: Bridge['openAgain'] = () => command('open_again', {});
  readonly cancelSignIn: Bridge['cancelSignIn'] = () => command('cancel_sign_in', {});
  readonly signOut: Bridge['signOut'] = (asked) => command('sign_out', { asked });
  readonly forget: Bridge['forget'] = (asked) => command('forget', { asked });
  readonly rename: Bridge['rename'] = (asked) => command('rename', { asked });
  readonly test: Bridge['test'] = (asked) => command('test', { asked });
  readonly show: Bridge['show'] = (asked) => command('show', { asked });
  readonly useHere: Bridge['useHere'] = () => command('use_here', {});
  readonly retry: Bridge['retry'] = (asked) => command('retry', { asked });
  readonly call: Bridge['call'] = (asked) => command('call', { asked });
  readonly ask: Bridge['ask'] = (asked) => command('ask', { asked });
  readonly openLink: Bridge['openLink'] = (asked) => command('open_link', { asked });
  readonly about: Bridge['about'] = () => command('about', {});
  readonly checkUpdates: Bridge['checkUpdates'] = () => command('check_updates', {});
  readonly openLogs: Bridge['openLogs'] = () => command('open_logs', {});
  readonly saveFile: Bridge['saveFile'] = (asked) => command('save_file', { asked });
  readonly noteRead: Bridge['noteRead'] = (asked) => command('note_read', { asked });
  readonly seen: Bridge['seen'] = (asked) => command('seen', { asked });
  readonly prefer: Bridge['prefer'] = (asked) => command('prefer', { asked });
  readonly quit: Bridge['quit'] = () => command('quit', {});
}

/** Each command has one argument, which is called `asked`, or none. */
async function command<T>(name: string, given: Record<string, unknown>): Promise<T> {
  try {
    return await invoke<T>(name, given);
  } catch (thrown) {
    throw refusalOf(thrown);
  }
}
