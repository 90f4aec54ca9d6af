import { words } from '../words/words';

/** As people know a conversation: by its title, else by how it begins. */
export function nameOf({ title, preview }: { title: string; preview: string }): string {
  return title || preview || words.shell.side.untitled;
}
